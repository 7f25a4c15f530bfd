"""benchmarks/size.py counts lines, and traces requests; a project stays as small as promised."""

import re
import sys

import pytest

from support import clean_environment
from support.paths import ROOT

MAX_LINES = {"smallest": 1_000, "default": 5_600}
"""Lines of `app` without `app/kit` in a project. A limit may fall, and must not rise."""
MAX_FILES_ENTERED = {"login": 16}
"""Files of `app` without `app/kit` that a request enters."""


@pytest.fixture(scope="module")
def printed() -> str:
    """What it prints in its quick form."""
    command = [sys.executable, "benchmarks/size.py", "--quick", "--names"]
    return clean_environment.run(command, ROOT)


@pytest.mark.parametrize(("variant", "limit"), MAX_LINES.items())
def test_a_project_is_small(printed: str, variant: str, limit: int) -> None:
    (lines,) = re.findall(rf"^\| {variant} +\| +([\d,]+) in \d+ \|", printed, re.MULTILINE)
    assert 0 < int(lines.replace(",", "")) <= limit


@pytest.mark.parametrize(("request_name", "limit"), MAX_FILES_ENTERED.items())
def test_a_request_enters_few_files(printed: str, request_name: str, limit: int) -> None:
    (files,) = re.findall(rf"^\| {request_name} +\| +(\d+) \|", printed, re.MULTILINE)
    assert 0 < int(files) <= limit


@pytest.mark.parametrize(
    ("request_name", "module"),
    [("login", "auth"), ("create-item", "items"), ("chat", "llm")],
)
def test_a_request_enters_its_endpoint(printed: str, request_name: str, module: str) -> None:
    _, _, rest = printed.partition(f"\n{request_name}:\n")
    files = rest.partition("\n\n")[0].splitlines()
    assert f"app/api/v1/endpoints/{module}.py" in files
    assert "app/main.py" not in files
