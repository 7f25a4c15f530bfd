"""The template folder is a project as it lies there: its own tests pass on every engine.

Its lint, format, types and layers are steps of `dev.py check`.
"""

import sys

import pytest

import support


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "mysql"])
def test_its_own_tests_pass(engine: str) -> None:
    support.run_own_tests([sys.executable, "-m", "pytest"], support.TEMPLATE, engine)
