"""The manifest of features is right, and every flag is used."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.main import cookiecutter

import template_features
from support.generation import TEMPLATE_FOLDER
from support.generation import list_files
from support.paths import ROOT

NOTHING = {"auth": "none", "ai_llm": "no", "ai_statistical": "no", "docker": "no", "ci": "none"}
OFF = (
    "jwt",
    "rate_limits",
    "unit_of_work",
    "ai",
    "llm",
    "statistical",
    "custom_models",
    "local_models",
    "docker",
    "github",
)

QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def raw(template: Path) -> Path:
    """The template folder as it lies there."""
    return template / TEMPLATE_FOLDER


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


def test_every_flag_is_used(raw: Path) -> None:
    texts = [(raw / name).read_text(encoding="utf-8") for name in list_files(raw)]
    used = {
        name
        for text in texts
        for name in re.findall(r"(?:(?:#|//) %if |\bcookiecutter\.__)(\w+)", text)
    }
    assert used == set(template_features.read_rules(QUESTIONS))


def test_files_of_features_that_are_off_are_not_written(
    template: Path, tmp_path: Path, owned: dict[str, list[str]]
) -> None:
    made = generated(template, tmp_path, NOTHING, accept_hooks=False)
    gone = [made / path for name in OFF for path in owned[name]]
    assert gone
    assert [path for path in gone if path.is_file() or any(path.rglob("*.*"))] == []


def test_files_of_a_feature_switched_off_later_are_deleted(
    template: Path, tmp_path: Path, owned: dict[str, list[str]]
) -> None:
    made = generated(template, tmp_path, {})
    own = [made / folder / "mine.txt" for folder in ("app/ai/llm", ".github/workflows")]
    for path in own:
        path.touch()
    generated(template, tmp_path, NOTHING, overwrite_if_exists=True)
    left = {path for name in OFF for path in owned[name] if (made / path).exists()}
    assert left == {"app/ai/llm", ".github"}
    for path in own:
        assert [*path.parent.iterdir()] == [path]


def generated(template: Path, folder: Path, answers: dict[str, str], **options: Any) -> Path:
    """A project in this folder."""
    options |= {"no_input": True, "extra_context": answers, "output_dir": str(folder)}
    return Path(cookiecutter(str(template), **options))
