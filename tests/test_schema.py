"""The running default variant answers whatever its own OpenAPI document allows, and as it says.

Schemathesis makes the requests, good and bad. Each is sent by a person of its own (`visitor.py`),
so that one who logs out or deletes the account spoils nothing for the next.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import BaseSchema
from schemathesis import Case

import serving
import support
from visitor import ADMINISTRATOR
from visitor import PASSWORD
from visitor import Visitors

SETTINGS = {"RATE_LIMIT_ENABLED": "false", "PASSWORD_HASH_ROUNDS": "4", "LOG_LEVEL": "WARNING"}
APP = [sys.executable, "-c", "from app.cli import main; main()"]

Answers = defaultdict[str, set[int]]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Visitors]]:
    """The address of the default variant, and those who visit it."""
    default = support.VARIANTS[0]
    project = support.bake(tmp_path_factory.mktemp("schema"), default)
    with serving.scratch_database(default.database, project) as url:
        settings = {**SETTINGS, "DATABASE_URL": url}
        command = [*APP, "create-admin", ADMINISTRATOR, "--password-stdin"]
        support.run(command, project, PASSWORD, **settings)
        with serving.serving([*APP, "serve"], project, **settings) as address:
            yield address, Visitors(address)


@pytest.fixture(scope="module")
def visitors(backend: tuple[str, Visitors]) -> Visitors:
    """Those who send the requests."""
    return backend[1]


@pytest.fixture(scope="module")
def document(backend: tuple[str, Visitors]) -> BaseSchema:
    """What the backend says of itself."""
    return schemathesis.openapi.from_url(f"{backend[0]}/openapi.json")


@pytest.fixture(scope="module")
def answers(document: BaseSchema) -> Iterator[Answers]:
    """Every status that each operation gave; in the end each must have succeeded once."""
    seen: Answers = defaultdict(set)
    yield seen
    for path, methods in document.raw_schema["paths"].items():
        for method in methods:
            label = f"{method.upper()} {path}"
            assert any(status < 300 for status in seen[label]), f"{label} gave {seen[label]}"


api = schemathesis.pytest.from_fixture("document")


@api.parametrize()
@hypothesis.settings(max_examples=25, deadline=None)
def test_every_answer_is_declared(case: Case[Any], visitors: Visitors, answers: Answers) -> None:
    visitor = visitors.enter(case)
    response = case.call_and_validate(headers=visitor.headers)
    answers[case.operation.label].add(response.status_code)
