"""The tables at the end of a test run show test files and variants with seconds and failures."""

from typing import Literal

import pytest

from support.result_tables import rows_by_file
from support.result_tables import rows_by_variant


def build_report(
    nodeid: str, seconds: float, outcome: Literal["passed", "failed"] = "passed", covered: str = ""
) -> pytest.TestReport:
    """Return the report of one test."""
    properties = [("covered", covered)] if covered else []
    return pytest.TestReport(
        nodeid,
        location=(nodeid, 0, ""),
        keywords={},
        outcome=outcome,
        longrepr=None,
        when="call",
        duration=seconds,
        user_properties=properties,
    )


REPORTS = [
    build_report("tests/test_a.py::test_a[sqlite-jwt-ai_llm]", 1.5),
    build_report("tests/test_b.py::test_of_something_else[mysql]", 9),
    build_report("tests/test_b.py::test_b[sqlite-jwt-ai_llm-mypy]", 2, "failed"),
    build_report("tests/test_b.py::test_c[mysql-none]", 1, covered="97 % of lines"),
]


def collapse_blanks(rows: list[str]) -> list[str]:
    """Return the rows without the alignment of their columns."""
    return [" ".join(row.split()) for row in rows]


def test_files_have_tests_seconds_and_failures() -> None:
    assert collapse_blanks(rows_by_file(REPORTS)) == [
        "tests/test_a.py 1 tests 1.5 s",
        "tests/test_b.py 3 tests 12.0 s 1 FAILED",
    ]


def test_variants_have_their_coverage_as_well() -> None:
    assert collapse_blanks(rows_by_variant(REPORTS)) == [
        "mysql-none 1 tests 1.0 s 97 % of lines",
        "sqlite-jwt-ai_llm 2 tests 3.5 s 1 FAILED",
    ]
