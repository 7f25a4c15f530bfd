"""Every answer of every question beside every answer of every other one.

Not all combinations: the rows are computed from cookiecutter.json so that each pair occurs in one,
and a new question joins by itself. Packages are not installed here, whatever a row answers about
them; `test_installed.py` has them installed by the hook.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

import checking
import support
from covering import Row
from covering import covering

ROWS = covering(support.CHOICES)


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: "-".join(("pairs", *row.values())))
def row(request: pytest.FixtureRequest) -> Row:
    """The answers under test."""
    chosen: Row = request.param
    return chosen


@pytest.fixture(scope="module")
def project(row: Row, bake: Callable[..., Path]) -> Path:
    """The generated project."""
    return bake(**row)


def test_holds_no_mark_of_the_template(project: Path) -> None:
    checking.holds_no_mark(project)


def test_holds_exactly_its_files(project: Path, row: Row) -> None:
    checking.holds_its_files(project, support.flags(row))


def test_leaves_no_gap(project: Path) -> None:
    checking.leaves_no_gap(project)


def test_compiles(project: Path) -> None:
    checking.compiles(project)


def test_is_lint_free_and_formatted(project: Path) -> None:
    checking.is_lint_free_and_formatted(project)


def test_speaks_of_nothing_that_was_not_chosen(project: Path, row: Row) -> None:
    checking.speaks_of_nothing_else(project, row)
