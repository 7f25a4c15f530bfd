"""``app new table``, in a copy of this project."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result

from app.kit.project_metadata import ROOT
from app.kit.scaffold import table
from app.kit.scaffold.columns import TAKEN
from app.kit.scaffold.columns import TYPES
from app.models.owned import Owned

SERVED = """
from app.main import create_app
from app.schemas.trial_notes import TrialNoteUpdate

print(*create_app().openapi()['paths'])
print(TrialNoteUpdate(some_decimal="9.9").some_decimal)
"""


def copy_code(folder: Path) -> Path:
    """Copy the code of this project into a folder."""
    for name in ("app", "config", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the code, which the command works on."""
    monkeypatch.setattr(table, "ROOT", copy_code(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code for several tests."""
    return copy_code(tmp_path_factory.mktemp("copied"))


@pytest.fixture
def unchanged(copied: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the code in which the command must write nothing."""
    before = written(copied)
    monkeypatch.setattr(table, "ROOT", copied)
    yield copied
    assert written(copied) == before


def new_table(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(table.new, ["table", *arguments])


def written(project: Path) -> dict[Path, int]:
    """The files of the copy, and when each was changed."""
    return {path: path.stat().st_mtime_ns for path in project.rglob("*.py")}


def test_every_type_is_written_and_served(project: Path) -> None:
    columns = [f"some_{name}:{name}" for name in TYPES]
    columns += [f"any_{name}:{name}?" for name in TYPES]
    result = new_table("trial_notes", *columns)
    assert result.exit_code == 0, result.output
    assert "The singular of trial_notes is trial_note" in result.output
    ruff = [sys.executable, "-m", "ruff"]
    for check in (["check", "--quiet"], ["format", "--check", "--quiet"]):
        files = ["app/models/trial_note.py", "app/schemas/trial_notes.py"]
        subprocess.run([*ruff, *check, *files], cwd=project, check=True)
    command = [sys.executable, "-c", SERVED]
    output = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout
    paths, amount = output.splitlines()
    assert "/api/v1/trial-notes /api/v1/trial-notes/{trial_note_id}" in paths
    assert amount == "9.90"  # as the database will give it back


def test_one_row_has_a_name_of_its_own(project: Path) -> None:
    names = {"boxes": "box", "entries": "entry", "rows": "row", "people": "person"}
    for name, one in names.items():
        given = ["--singular", f"trial_{one}"] if one == "person" else []
        assert new_table(f"trial_{name}", "text:str", *given).exit_code == 0
        assert (project / "app" / "models" / f"trial_{one}.py").exists()


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["notes"], "Give the columns and their types, such as text:str"),
        (["Notes", "text:str"], "'Notes' is not a valid name for a table; use lower-case letters"),
        (["notes", "a-b:str"], "'a-b' is not a valid name for a column"),
        (["notes", "class:str"], "'class' is a Python keyword"),
        (["notes", "text"], "The column 'text' has no type; write it as in text:str"),
        (["notes", "text: str"], "' str' is not a type; write it as in text:str, without spaces"),
        (["notes", "text:string"], "The types are str, text, int, float, bool, decimal,"),
        (["notes", "text:str", "text:int"], "The column 'text' is given twice"),
        (["notes", "id:int"], "A column cannot be called 'id'"),
        (["notes", "created_at:date"], "A column cannot be called 'created_at'"),
        (["notes", "metadata:str"], "A column cannot be called 'metadata'"),
        (["notes", "date:date"], "A column cannot be called 'date': it is a Python type"),
        (["people", "text:str"], "set --singular, such as person for people"),
        (["notes", "text:str", "--singular", "notes"], "A row needs another name than its table"),
        (["queries", "text:str"], "A class Query would hide one"),
        (["pages", "text:str", "--singular", "sheet"], "app/schemas/pages.py already exists"),
        (["n" * 41 + "s", "text:str"], "is too long for a table; use at most 40 characters"),
    ],
)
def test_what_does_not_fit_is_reported_and_nothing_is_written(
    arguments: list[str], expected: str
) -> None:
    result = new_table(*arguments)
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert line.startswith("Error: ")
    assert expected in line


def test_a_table_that_is_there_is_not_written_again(project: Path) -> None:
    own = project / "app" / "models" / "own.py"
    own.write_text('class Own(Base):\n    __tablename__ = "trial_rows"\n', encoding="utf-8")
    before = written(project)
    expected = "app/models/own.py already has a table 'trial_rows'"
    assert expected in new_table("trial_rows", "text:str").output
    assert written(project) == before


def test_what_every_table_has_is_no_column() -> None:
    names = {name for name in dir(Owned) if not name.startswith("_")}
    assert names <= TAKEN


def test_a_function_that_is_there_is_not_written_again(project: Path) -> None:
    own = project / "app" / "api" / "v1" / "endpoints" / "reports.py"
    own.write_text("async def read_trial_row() -> None: ...\n", encoding="utf-8")
    before = written(project)
    expected = "app/api/v1/endpoints/reports.py already has a function 'read_trial_row'"
    assert expected in new_table("trial_rows", "text:str").output
    assert written(project) == before


def test_a_second_table_of_the_same_name_is_refused(project: Path) -> None:
    assert new_table("trial_rows", "text:str").exit_code == 0
    before = written(project)
    result = new_table("trial_rows", "text:str", "--singular", "trial_line")
    assert "app/models/trial_row.py already has a table 'trial_rows'" in result.output
    assert written(project) == before


def test_a_line_that_is_missing_is_reported(project: Path) -> None:
    router = project / "app" / "api" / "v1" / "router.py"
    router.write_text(router.read_text(encoding="utf-8").replace("# Your paths:", ""))
    before = written(project)
    result = new_table("trial_rows", "text:str")
    expected = "Nothing was written: app/api/v1/router.py must have the line '# Your paths:' once"
    assert expected in result.output
    assert written(project) == before
