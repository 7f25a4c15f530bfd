"""What looks at projects sees what is wrong: in small ones that are wrong on purpose."""

import json
import sys
from pathlib import Path

import pytest

import packages
import pages
import support
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
def test_what_is_there_may_be_named(project: Path, text: str) -> None:
    assert pages.missing(project, {"README.md": text}, COMMANDS) == []


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
def test_what_is_not_there_is_told(project: Path, text: str) -> None:
    assert len(pages.missing(project, {"README.md": text}, COMMANDS)) == 1


@pytest.mark.parametrize(("module", "sees"), [("click", True), ("yaml", False), ("pytest", False)])
def test_a_project_sees_what_it_asks_for(project: Path, module: str, sees: bool) -> None:
    (project / "app").mkdir()
    (project / "app" / "__init__.py").touch()
    (project / "app" / "some.py").write_text(f"import json, {module}\n")
    hidden = packages.hidden(packages.asked(project))
    results = project / "results.json"
    support.run(
        [sys.executable, str(PROBE), str(results), "sqlite://"], project, json.dumps(hidden)
    )
    told = json.loads(results.read_text(encoding="utf-8"))["imports"]
    assert ("found" in told) == sees
    assert sees or f"No module named '{module}'" in told["trouble"]


def test_what_a_requirement_brings_is_seen_too() -> None:
    brought = packages.closure(frozenset(["uvicorn[standard]"]))
    assert {"uvicorn", "click", "httptools"} <= brought
    assert "httptools" not in packages.closure(frozenset(["uvicorn"]))
