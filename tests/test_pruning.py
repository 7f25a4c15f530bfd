"""Which files a project has: the manifest is right, every flag is used, nothing is left over."""

import itertools
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

QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
VARIANTS = list(itertools.product(QUESTIONS["database"], QUESTIONS["auth"]))
REMOVED = {".features.json"}
ADDED = {".env"}

every_variant = pytest.mark.parametrize(("database", "auth"), VARIANTS)


@pytest.fixture(scope="module")
def raw(template: Path) -> Path:
    """The template folder as it lies there."""
    return template / FOLDER


@pytest.fixture(scope="module")
def manifest(raw: Path) -> dict[str, dict[str, object]]:
    """Feature -> its flag and what it owns."""
    features: dict[str, dict[str, object]] = json.loads((raw / ".features.json").read_text("utf-8"))
    return features


def paths_of(manifest: dict[str, dict[str, object]], features: set[str]) -> list[str]:
    """Everything that these features own."""
    return [path for name in features for path in manifest[name]["paths"]]  # type: ignore[attr-defined]


def test_every_feature_follows_its_own_flag(manifest: dict[str, dict[str, object]]) -> None:
    for name, feature in manifest.items():
        assert feature["on"] == f"{{{{ cookiecutter.__{name} }}}}"
        assert f"__{name}" in QUESTIONS


def test_every_path_exists_and_is_owned_once(
    raw: Path, manifest: dict[str, dict[str, object]]
) -> None:
    paths = paths_of(manifest, set(manifest))
    assert [path for path in paths if not (raw / path).exists()] == []
    assert [path for path, count in Counter(paths).items() if count > 1] == []
    inside = {path for path in paths for other in paths if path.startswith(f"{other}/")}
    assert inside == set()


@every_variant
def test_a_variant_holds_exactly_its_files(
    raw: Path,
    manifest: dict[str, dict[str, object]],
    bake: Callable[..., Path],
    database: str,
    auth: str,
) -> None:
    off = paths_of(manifest, set(manifest) - {database, auth})
    kept = {
        name
        for name in files_of(raw) - REMOVED
        if not any(name == path or name.startswith(f"{path}/") for path in off)
    }
    project = bake(database=database, auth=auth)
    assert files_of(project) == kept | ADDED
    folders = [path for path in project.rglob("*") if path.is_dir() and ".git" not in path.parts]
    assert [path for path in folders if not any(path.iterdir())] == []


@every_variant
def test_no_directive_survives(bake: Callable[..., Path], database: str, auth: str) -> None:
    project = bake(database=database, auth=auth)
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
    assert used == set(local_extensions.derived_values())
