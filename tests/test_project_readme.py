"""A generated project, installed, whose README and docs are followed to the letter.

Each file is made, each line added, each command run; then all of its own checks and tests pass.
What is new in it is asked over HTTP by `test_extending.py`.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import steps
from support import Variant

# Of the modules, only language models have steps of their own.
VARIANTS = [Variant("sqlite", "jwt", ai_llm="yes"), Variant("sqlite", "none")]
CHECKS = "Test"


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def project(
    request: pytest.FixtureRequest,
    bake: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """An installed project to which every step was applied."""
    folder = tmp_path_factory.mktemp("readme") / "project"
    shutil.copytree(bake(**request.param._asdict()), folder)
    steps.run_installed(folder, "uv sync --quiet")
    endpoint = steps.sections(folder / "README.md")["Add an endpoint"]
    steps.follow(folder, endpoint, steps.run_installed)
    parts = steps.sections(folder / "docs" / "extending.md")
    afterwards = steps.commands(parts.pop(""))
    for text in parts.values():
        steps.follow(folder, text, steps.run_installed)
    for command in afterwards:
        if command not in checks(folder):  # those are tests of their own
            steps.run_installed(folder, command)
    return folder


def test_the_new_paths_answer(project: Path) -> None:
    document = json.loads(steps.run_installed(project, "uv run app export-openapi"))
    added = {"/api/v1/greetings/{name}", "/api/v1/notes", "/api/v1/ai/keywords"}
    assert added <= document["paths"].keys()


def test_no_migration_is_missing(project: Path) -> None:
    steps.run_installed(project, "uv run alembic check")


def test_every_check_still_passes(project: Path) -> None:
    assert "uv run pytest" in checks(project)
    for command in checks(project):
        steps.run_installed(project, command)


def test_the_hooks_of_commits_pass(project: Path) -> None:
    steps.run_installed(project, "pre-commit run --all-files")


def checks(project: Path) -> list[str]:
    """The commands by which the README has the project checked."""
    return steps.commands(steps.sections(project / "README.md")[CHECKS])
