"""Which files a project has: the manifest is right, every flag is used, nothing is left over."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import local_extensions
from generating import FOLDER
from generating import ROOT
from generating import files_of
from support import VARIANTS
from support import Variant

QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
REMOVED = {".features.json"}
ADDED = {".env"}

every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


@pytest.fixture(scope="module")
def raw(template: Path) -> Path:
    """The template folder as it lies there."""
    return template / FOLDER


@pytest.fixture(scope="module")
def owned(raw: Path) -> dict[str, list[str]]:
    """Feature -> the paths that only it needs."""
    features = json.loads((raw / ".features.json").read_text(encoding="utf-8"))
    return {name: feature["paths"] for name, feature in features.items()}


def test_every_feature_follows_its_own_flag(raw: Path) -> None:
    features = json.loads((raw / ".features.json").read_text(encoding="utf-8"))
    for name, feature in features.items():
        assert feature["on"] == f"{{{{ cookiecutter.__{name} }}}}"
        assert f"__{name}" in QUESTIONS


def test_every_path_exists_and_is_owned_once(raw: Path, owned: dict[str, list[str]]) -> None:
    paths = [path for name in owned for path in owned[name]]
    assert [path for path in paths if not (raw / path).exists()] == []
    assert [path for path, count in Counter(paths).items() if count > 1] == []
    assert [path for path in paths for other in paths if path.startswith(f"{other}/")] == []


@every_variant
def test_a_variant_holds_exactly_its_files(
    raw: Path, owned: dict[str, list[str]], bake: Callable[..., Path], variant: Variant
) -> None:
    off = tuple(path for name in owned if name not in variant.features for path in owned[name])
    kept = {
        name
        for name in files_of(raw) - REMOVED
        if name not in off and not name.startswith(tuple(f"{path}/" for path in off))
    }
    project = bake(**variant._asdict())
    assert files_of(project) == kept | ADDED
    folders = [path for path in project.rglob("*") if path.is_dir() and ".git" not in path.parts]
    assert [path for path in folders if not any(path.iterdir())] == []


@every_variant
def test_no_directive_survives(bake: Callable[..., Path], variant: Variant) -> None:
    project = bake(**variant._asdict())
    for name in files_of(project):
        for line in (project / name).read_text(encoding="utf-8").splitlines():
            assert "{%" not in line, f"{name}: {line}"
            assert "cookiecutter." not in line.replace(".cookiecutter.json", ""), f"{name}: {line}"
            if not name.endswith(local_extensions.JINJA_FILES):
                assert not local_extensions.ATTEMPT.search(line), f"{name}: {line}"


def test_every_flag_is_used(raw: Path) -> None:
    texts = [(raw / name).read_text(encoding="utf-8") for name in files_of(raw)]
    used = {
        name for text in texts for name in re.findall(r"(?:# %if |\bcookiecutter\.__)(\w+)", text)
    }
    assert used == set(local_extensions.derived_values(QUESTIONS))
