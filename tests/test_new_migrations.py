"""New migrations of a generated project: their file names, and that the linter accepts them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support import page_steps
from support.cruft_projects import MIGRATIONS


@pytest.fixture
def project(bake: Callable[..., Path], tmp_path: Path) -> Path:
    """A project that is the test's to change."""
    return Path(shutil.copytree(bake(auth="none", ai_llm="no"), tmp_path / "project"))


def test_no_file_is_written_when_the_models_have_not_changed(project: Path) -> None:
    before = set((project / MIGRATIONS).iterdir())
    page_steps.run_uninstalled(project, "uv run app migrate")
    with pytest.raises(AssertionError, match="there is nothing to migrate"):
        page_steps.run_uninstalled(project, 'uv run alembic revision --autogenerate -m "nothing"')
    assert {path for path in (project / MIGRATIONS).iterdir() if path.suffix == ".py"} <= before
    page_steps.run_uninstalled(project, "uv run alembic check")


def test_empty_revisions_have_unique_files_and_keep_their_imports(project: Path) -> None:
    before = set((project / MIGRATIONS).iterdir())
    for _ in range(2):
        page_steps.run_uninstalled(project, 'uv run alembic revision -m "the same words"')
    made = {path for path in (project / MIGRATIONS).glob("*.py") if path not in before}
    assert len(made) == 2
    for path in made:
        text = path.read_text(encoding="utf-8")
        assert "import sqlalchemy as sa\nfrom alembic import op\n" in text
        filled = text.replace("pass\n", 'op.execute(sa.text("SELECT 1"))\n')
        path.write_text(filled, encoding="utf-8")
    for command in ("ruff check", "ruff format --check", "app migrate"):
        page_steps.run_uninstalled(project, f"uv run {command}")
