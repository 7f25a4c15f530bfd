"""Every answer of every question beside every answer of every other one.

Not all combinations: the rows are computed from cookiecutter.json so that each pair occurs in one,
and a new question joins by itself. Packages are not installed here, whatever a row answers about
them; `test_installed_projects.py` has them installed by the hook.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from support import project_checks
from support import variants
from support.pairwise import Row
from support.pairwise import pairwise_rows

ROWS = pairwise_rows(variants.CHOICES)


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: "-".join(("pairs", *row.values())))
def row(request: pytest.FixtureRequest) -> Row:
    """The answers under test."""
    chosen: Row = request.param
    return chosen


@pytest.fixture(scope="module")
def project(row: Row, bake: Callable[..., Path]) -> Path:
    """The generated project."""
    return bake(**row)


def test_has_no_template_marks(project: Path) -> None:
    project_checks.check_no_template_marks(project)


def test_has_exactly_its_files(project: Path, row: Row) -> None:
    project_checks.check_files(project, variants.derive_flags(row))


def test_has_no_double_blank_lines(project: Path) -> None:
    project_checks.check_no_double_blank_lines(project)


def test_every_file_compiles(project: Path) -> None:
    project_checks.check_compiles(project)


def test_passes_lint_and_format(project: Path) -> None:
    project_checks.check_lint_and_format(project)


def test_has_no_words_of_features_that_are_off(project: Path, row: Row) -> None:
    project_checks.check_no_leftover_words(project, row)
