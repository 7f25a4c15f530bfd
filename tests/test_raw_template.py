"""The template folder is a project as it lies there: its own tests pass on every engine.

Its lint, format, types and layers are steps of `dev.py check`.
"""

import sys

import pytest

import support

FOLDERS = {
    "sqlite": ["tests"],
    "postgresql": ["tests/integration"],  # the unit tests know no database
    "mysql": ["tests/integration"],
}


@pytest.mark.parametrize("engine", FOLDERS)
def test_its_own_tests_pass(engine: str) -> None:
    command = [sys.executable, "-m", "pytest", *FOLDERS[engine]]
    support.run_own_tests(command, support.TEMPLATE, engine)
