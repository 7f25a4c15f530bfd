"""benchmarks/size.py counts lines, and traces requests; a project stays as small as promised."""

import re
import sys

import pytest

from support import clean_environment
from support.paths import ROOT

MAX_LINES_SMALLEST = 1900
"""Lines of `app` without `app/kit` in the smallest project."""


@pytest.fixture(scope="module")
def printed() -> str:
    """What it prints in its quick form."""
    command = [sys.executable, "benchmarks/size.py", "--quick", "--names"]
    return clean_environment.run(command, ROOT)


def test_the_smallest_project_is_small(printed: str) -> None:
    (lines,) = re.findall(r"^\| smallest +\| +([\d,]+) in \d+ \|", printed, re.MULTILINE)
    assert 0 < int(lines.replace(",", "")) <= MAX_LINES_SMALLEST


@pytest.mark.parametrize(
    ("request_name", "module"),
    [("login", "auth"), ("create-item", "items"), ("chat", "llm")],
)
def test_a_request_enters_its_endpoint(printed: str, request_name: str, module: str) -> None:
    _, _, rest = printed.partition(f"\n{request_name}:\n")
    files = rest.partition("\n\n")[0].splitlines()
    assert f"app/api/v1/endpoints/{module}.py" in files
    assert "app/main.py" not in files
