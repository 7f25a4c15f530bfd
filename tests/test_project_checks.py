"""The checks of projects find mistakes, in small projects that contain one."""

import json
import sys
from pathlib import Path

import pytest

from support import clean_environment
from support import installed_packages
from support import page_references
from test_variants import PROBE

PYPROJECT = """
[project]
dependencies = ["click"]
[project.optional-dependencies]
redis = ["redis"]
[dependency-groups]
dev = ["pytest"]
"""
COMMANDS = {"serve": ["--port"], "migrate": []}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that asks for click, and for pytest to work on it."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "there.md").touch()
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "uv run app serve --port 80",
        "uv run app migrate --help",
        "`app serve`",
        "uv run pytest -k x",
        "uv sync --extra redis",
        "[there](docs/there.md) and `docs/there.md`",
        "Create `app/new.py`: then open `app/new.py`",
        "[elsewhere](https://example.com/page.md)",
    ],
)
def test_existing_references_are_accepted(project: Path, text: str) -> None:
    assert page_references.find_missing(project, {"README.md": text}, COMMANDS) == []


@pytest.mark.parametrize(
    "text",
    [
        "uv run app make-coffee",
        "uv run app serve --workers 2",
        "`app make-coffee`",
        "uv run ruff check",
        "uv sync --extra coffee",
        "[gone](docs/gone.md)",
        "open `app/new.py`",
    ],
)
def test_missing_references_are_reported(project: Path, text: str) -> None:
    assert len(page_references.find_missing(project, {"README.md": text}, COMMANDS)) == 1


@pytest.mark.parametrize(("module", "sees"), [("click", True), ("yaml", False), ("pytest", False)])
def test_a_project_sees_only_its_dependencies(project: Path, module: str, sees: bool) -> None:
    (project / "app").mkdir()
    (project / "app" / "__init__.py").touch()
    (project / "app" / "some.py").write_text(f"import json, {module}\n")
    hidden = installed_packages.find_undeclared_modules(
        installed_packages.read_dependencies(project)
    )
    results = project / "results.json"
    clean_environment.run(
        [sys.executable, str(PROBE), str(results), "sqlite://"], project, json.dumps(hidden)
    )
    result = json.loads(results.read_text(encoding="utf-8"))["imports"]
    assert ("found" in result) == sees
    assert sees or f"No module named '{module}'" in result["trouble"]


def test_extras_of_a_requirement_are_resolved() -> None:
    brought = installed_packages.resolve_names(frozenset(["uvicorn[standard]"]))
    assert {"uvicorn", "click", "httptools"} <= brought
    assert "httptools" not in installed_packages.resolve_names(frozenset(["uvicorn"]))
