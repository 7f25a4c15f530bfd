"""Conflicts of an update with a user's own changes end as `docs/upgrading.md` says."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from support import page_steps
from support.cruft_projects import run_cruft_with_conflicts
from support.generation import commit_all
from support.generation import create_repository
from support.generation import run_cookiecutter
from support.generation import run_git

MAIN, GOES, COMES = "app/main.py", "app/ai/llm/runtime.py", "docs/custom-models.md"
PLACES = {MAIN: "LlmRuntime(settings", GOES: "settings: LlmSettings"}
"""Words that go with language models."""

MARK = "<<<<<<<"


class Project(NamedTuple):
    """A project after an update, what that printed, and how git sees it."""

    folder: Path
    output: str
    status: list[str]

    def text(self, name: str) -> str:
        """What a file holds."""
        return (self.folder / name).read_text(encoding="utf-8")

    @property
    def page(self) -> str:
        """What the project says about conflicts."""
        return page_steps.split_sections(self.folder / "docs" / "upgrading.md")["Conflicts"]


@pytest.fixture(scope="module")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that follows the template and has language models."""
    folder = tmp_path_factory.mktemp("made")
    done = run_cookiecutter(create_repository(template, folder / "template"), folder, "--no-input")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "my_backend"


def switched(made: Path, folder: Path, answers: dict[str, str], *names: str) -> Project:
    """Change or make these files, and then these answers."""
    project = folder / "project"
    shutil.copytree(made, project)
    for name in names:
        change(project / name, PLACES.get(name, ""))
    commit_all(project)
    variables = json.dumps(answers)
    output = run_cruft_with_conflicts(project, "update", "-y", "--variables-to-update", variables)
    return Project(project, output, run_git(project, "status", "--short").splitlines())


def change(path: Path, place: str) -> None:
    """Write something behind a place, or make the file."""
    text = path.read_text(encoding="utf-8") if place else ""
    assert place in text
    path.write_text(text.replace(place, f"{place} | Mine", 1) or "Mine\n", encoding="utf-8")


def test_lines_that_both_changed_get_conflict_markers(made: Path, tmp_path: Path) -> None:
    project = switched(made, tmp_path, {"ai_llm": "no"}, MAIN)
    assert f"UU {MAIN}" in project.status
    assert MARK in project.text(MAIN)
    assert not (project.folder / GOES).exists()
    assert "`UU`" in project.page
    assert f"`{MARK}`" in project.page


def test_a_file_that_both_added_gets_conflict_markers(made: Path, tmp_path: Path) -> None:
    project = switched(made, tmp_path, {"ai_custom_models": "yes"}, COMES)
    assert f"AA {COMES}" in project.status
    assert MARK in project.text(COMES)
    assert "`AA`" in project.page


def test_a_changed_file_that_the_template_deletes_is_kept(made: Path, tmp_path: Path) -> None:
    project = switched(made, tmp_path, {"ai_llm": "no"}, MAIN, GOES)
    said = "Failed to apply the update. Retrying again with a different update strategy."
    assert said in project.output
    assert f"`{said}`" in project.page
    assert not any(GOES in line for line in project.status)
    assert "Mine" in project.text(GOES)
    assert f"?? {MAIN}.rej" in project.status
    assert "`.rej`" in project.page
    assert MARK not in project.text(GOES) + project.text(MAIN)
    with pytest.raises(AssertionError, match=rf"{GOES}:\d+: error: Cannot find implementation"):
        page_steps.run_uninstalled(project.folder, "uv run mypy")
