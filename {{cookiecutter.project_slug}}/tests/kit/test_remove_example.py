"""``app remove-example``, in a copy of this project."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result

from app.kit.project_metadata import ROOT
from app.kit.scaffold import example

PATHS = "from app.main import create_app; print(*create_app().openapi()['paths'])"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the code, which the command works on."""
    for name in ("app", "config", "docs", "tests"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(example, "ROOT", tmp_path)
    return tmp_path


def remove() -> Result:
    """Run the command."""
    return CliRunner().invoke(example.remove_example)


def test_the_application_starts_without_it(project: Path) -> None:
    result = remove()
    assert (result.exit_code, "the file app.db" in result.output) == (0, True)
    assert not [name for name in example.FILES if (project / name).exists()]
    command = [sys.executable, "-c", PATHS]
    paths = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout
    assert "/health/live" in paths
    assert "/items" not in paths


def test_the_other_migrations_close_up(project: Path) -> None:
    before = (project / example.MIGRATION).read_text(encoding="utf-8")
    following = project / example.VERSIONS / "9999_own.py"
    following.write_text('revision = "9999"\ndown_revision: str | None = "0002"\n')
    assert remove().exit_code == 0
    found = example.DOWN_REVISION.search(before)
    assert found
    assert f"down_revision: str | None = {found['value']}\n" in following.read_text()


def test_where_no_other_migration_is_left_there_is_an_empty_one(project: Path) -> None:
    versions = project / example.VERSIONS
    for path in versions.glob("*.py"):
        if path != project / example.MIGRATION:
            path.unlink()
    assert remove().exit_code == 0
    (start,) = versions.glob("*.py")
    assert "down_revision = None" in start.read_text(encoding="utf-8")


def test_it_removes_nothing_that_git_could_not_bring_back(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.com")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "Begin"]):
        subprocess.run(["git", *words], cwd=project, check=True)  # noqa: S607
    model = project / "app" / "models" / "item.py"
    model.write_text(f"{model.read_text(encoding='utf-8')}\nMINE = 1\n", encoding="utf-8")
    result = remove()
    assert result.exit_code == 1
    assert "Nothing was removed: app/models/item.py has uncommitted changes" in result.output
    assert model.exists()


def test_files_that_still_mention_it_are_named(project: Path) -> None:
    readme = project / "README.md"
    readme.write_text("Look, and try the items.\n\nMine: `/api/v1/items`\n", encoding="utf-8")
    assert remove().output.endswith("\nThese files still mention items: README.md\n")
    text = readme.read_text(encoding="utf-8")
    assert text == "Look, and try the other paths.\n\nMine: `/api/v1/items`\n"


def test_it_removes_nothing_that_is_in_use(project: Path) -> None:
    own = project / "app" / "api" / "v1" / "endpoints" / "reports.py"
    own.write_text("from app.models.item import Item\n")
    result = remove()
    assert result.exit_code == 1
    assert "Nothing was removed: app/api/v1/endpoints/reports.py still imports" in result.output
    assert all((project / name).exists() for name in example.FILES)
