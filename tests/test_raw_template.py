"""The template folder is a project as it lies there: its own tests pass on every engine.

Its lint, format, types and layers are steps of `dev.py check`.
"""

import sys

import pytest

import support
from generating import template_files

FOLDERS = [
    ("tests/integration", "sqlite"),
    ("tests/integration", "postgresql"),
    ("tests/integration", "mysql"),
    ("tests/unit", "sqlite"),  # these know no database
]


@pytest.mark.parametrize(("folder", "engine"), FOLDERS)
def test_its_own_tests_pass(folder: str, engine: str) -> None:
    command = [sys.executable, "-m", "pytest", folder]
    support.run_own_tests(command, support.TEMPLATE, engine)


def test_these_are_all_of_them() -> None:
    folders = tuple(f"{folder}/" for folder, _ in FOLDERS)
    files = [name for name in template_files() if name.rpartition("/")[2].startswith("test_")]
    assert files
    assert [name for name in files if not name.startswith(folders)] == []
