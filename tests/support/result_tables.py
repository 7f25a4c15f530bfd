"""A pytest hook that ends a test run with two tables: by test file and by variant."""

import re
from collections.abc import Iterable

import pytest

VARIANT = re.compile(r"\[([a-z]+-(?:jwt|none)(?:-ai_\w+)*)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables below the results."""
    reports = [
        report
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport)
    ]
    for table in (rows_by_file(reports), rows_by_variant(reports)):
        if table:
            terminalreporter.write_line("\n".join(["", *table]))


def rows_by_file(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return a row for each test file."""
    return build_rows({report: report.nodeid.partition("::")[0] for report in reports})


def rows_by_variant(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return a row for each variant, with the coverage that its tests recorded."""
    variants = {report: find_variant(report.nodeid) for report in reports}
    named = {report: variant for report, variant in variants.items() if variant}
    return build_rows(named, with_properties=True)


def find_variant(test: str) -> str:
    """Return the variant in the name of a test, or an empty string."""
    found = VARIANT.search(test)
    return found[1] if found else ""


def build_rows(names: dict[pytest.TestReport, str], *, with_properties: bool = False) -> list[str]:
    """Return a row for each name: its number of tests, their seconds, properties and failures."""
    rows = []
    for name in sorted(set(names.values())):
        reports = [report for report, its_name in names.items() if its_name == name]
        seconds = sum(report.duration for report in reports)
        tests = {report.nodeid for report in reports}
        notes = [
            str(value)
            for report in reports
            if with_properties and report.when == "call"
            for _, value in report.user_properties
        ]
        failed = {report.nodeid for report in reports if report.failed}
        notes += [f"{len(failed)} FAILED"] if failed else []
        rows.append(
            f"{name:<60} {len(tests):4} tests {seconds:7.1f} s  {', '.join(notes)}".rstrip()
        )
    return rows
