"""The template folder is a project as it lies there: its own tests pass on every engine.

Its lint, format, types and layers are steps of `dev.py check`.
"""

import sys
from pathlib import Path

import pytest

import support

ENGINES = ["sqlite", "postgresql", "mysql"]


@pytest.mark.parametrize("engine", ENGINES)
def test_its_own_tests_pass(engine: str, tmp_path: Path) -> None:
    settings = support.engine_settings(engine)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--basetemp",
        str(tmp_path / "t"),
    ]
    support.run(command, support.TEMPLATE, **settings)
