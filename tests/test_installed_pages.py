"""A generated project, installed, whose README and docs are followed to the letter.

Each file is made, each line added, each command run; then all of its own checks and tests pass.
What is new in it is asked over HTTP by `test_extending_page.py`.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support import page_steps
from support.variants import Variant

# Of the modules, only language models have steps of their own.
VARIANTS = [Variant("sqlite", "jwt", ai_llm="yes"), Variant("sqlite", "none")]
TESTS = "uv run pytest"


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def project(request: pytest.FixtureRequest, copy_project: Callable[[Variant], Path]) -> Path:
    """Return an installed project to which every step was applied."""
    folder = copy_project(request.param)
    run = page_steps.run_installed
    run(folder, "uv sync --quiet")
    _, commands = page_steps.follow_page(folder / "docs" / "extending.md", run)
    page_steps.follow_page(folder / "docs" / "jobs.md", run)
    for command in commands:
        if command not in [*page_steps.read_check_commands(folder), TESTS]:  # tested below
            run(folder, command)
    return folder


def test_the_new_paths_exist(project: Path) -> None:
    document = json.loads(page_steps.run_installed(project, "uv run app export-openapi"))
    added = {
        "/api/v1/greetings/{name}",
        "/api/v1/notes",
        "/api/v1/ai/keywords",
        "/api/v1/reminders",
    }
    assert added <= document["paths"].keys()


def test_no_migration_is_missing(project: Path) -> None:
    page_steps.run_installed(project, "uv run alembic check")


def test_every_check_still_passes(project: Path) -> None:
    page_steps.run_checks(project, page_steps.run_installed)


def test_its_own_tests_still_pass(project: Path) -> None:
    page_steps.run_installed(project, TESTS)


def test_pre_commit_hooks_pass(project: Path) -> None:
    page_steps.run_installed(project, "pre-commit run --all-files")
