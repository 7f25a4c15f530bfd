"""The template folder is a working project: its own tests pass on every engine.

`dev.py check` covers its lint, format, types and layers. `test_installed_projects.py` runs all
tests on PostgreSQL, and all but statistics with accounts on MySQL; they are not repeated here.
"""

import re
import sys

import pytest

from support import clean_environment
from support.generation import list_template_files
from support.paths import TEMPLATE

FOLDERS = [
    ("tests/integration", "sqlite"),
    ("tests/kit", "sqlite"),
    ("tests/ai/statistical", "mysql"),
    ("tests/integration/statistical", "mysql"),
    ("tests/integration/statistical_accounts", "mysql"),
    ("tests/ai", "sqlite"),
    ("tests/unit", "sqlite"),  # these know no database
]
TEST_FILE = re.compile(r"(?:.*/)?test_\w+\.py")


@pytest.mark.parametrize(("folder", "engine"), FOLDERS)
def test_its_own_tests_pass(folder: str, engine: str) -> None:
    command = [sys.executable, "-m", "pytest", folder]
    clean_environment.run_backend_tests(command, TEMPLATE, engine)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_they_pass_in_several_processes_at_once(engine: str) -> None:
    files = [f"tests/integration/test_{name}.py" for name in ("items", "items_pages")]
    files.append("tests/kit/test_database.py")
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", *files]
    clean_environment.run_backend_tests(command, TEMPLATE, engine)


def test_the_list_of_tests_is_complete() -> None:
    folders = tuple(f"{folder}/" for folder, _ in FOLDERS)
    files = [name for name in list_template_files() if TEST_FILE.fullmatch(name)]
    assert files
    assert [name for name in files if not name.startswith(folders)] == []
