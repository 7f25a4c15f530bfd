"""A variant with every module answers whatever its OpenAPI document allows, and as it says.

Schemathesis makes the requests, good and bad. Each is sent by a person of its own (`visitor.py`),
so that one who logs out or deletes the account spoils nothing for the next.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import hypothesis
import pytest
import schemathesis
from schemathesis import Case
from schemathesis import CheckFunction
from schemathesis.specs.openapi.checks import negative_data_rejection
from schemathesis.specs.openapi.checks import positive_data_acceptance

import serving
import support
from visitor import ADMINISTRATOR
from visitor import PASSWORD
from visitor import ModelUser
from visitor import Visitors

APP = [sys.executable, "-c", "from app.cli import main; main()"]
DECLARE = """
import sys
from tests.support.tiny_models import declare_all
declare_all(sys.argv[1], load_at_start=True)
"""
SETTINGS = {"RATE_LIMIT_ENABLED": "false", "PASSWORD_HASH_ROUNDS": "4", "LOG_LEVEL": "WARNING"}

# Schemathesis makes one test for each operation, so it has to know them before any server runs.
document = json.loads(support.run([*APP, "export-openapi"], support.TEMPLATE))
schema = schemathesis.openapi.from_dict(document)
schema.config.seed = 1  # the same requests every time, so that a new failure has a new cause

Answers = defaultdict[str, set[int]]


@pytest.fixture(scope="module")
def address(bake: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it listens."""
    project, folder = bake(ai_custom_models="yes"), tmp_path_factory.mktemp("schema")
    support.run([sys.executable, "-c", DECLARE, str(folder)], project)
    with serving.scratch_database("sqlite", folder) as url:
        settings = {**SETTINGS, "DATABASE_URL": url, "MODEL_DIR": str(folder / "models")}
        settings |= {"CUSTOM_MODELS_FILE": str(folder / "models.toml")}
        settings |= {"CUSTOM_MODELS_MAX_LOADED": "20"}
        command = [*APP, "create-admin", ADMINISTRATOR, "--password-stdin"]
        support.run(command, project, PASSWORD, **settings)
        with serving.serving([*APP, "serve"], project, folder, **settings) as started:
            yield started


@pytest.fixture(scope="module")
def visitors(address: str) -> Iterator[Visitors]:
    """Those who send the requests."""
    with httpx2.Client(base_url=address) as client:
        yield Visitors(client)


@pytest.fixture(scope="module")
def answers() -> Iterator[Answers]:
    """Every status that each operation gave; in the end each must have succeeded at least once."""
    seen: Answers = defaultdict(set)
    yield seen
    for operation, statuses in seen.items():
        assert any(status < 300 for status in statuses), f"{operation} only gave {statuses}"


def test_it_has_this_document(address: str) -> None:
    served = httpx2.get(f"{address}/openapi.json").json()
    assert served["paths"] == document["paths"]
    assert served["components"] == document["components"]


@schema.parametrize()
@hypothesis.settings(max_examples=50, deadline=None)
def test_every_answer_is_declared(
    case: Case[Any], address: str, visitors: Visitors, answers: Answers
) -> None:
    visitor = visitors.enter(case)
    # What the schema allows may break a rule that no schema states: a cursor is opaque, an id has
    # version 7, text holds no NUL.
    excluded: list[CheckFunction] = [positive_data_acceptance]
    # What is too long for the schema may fit when it is trimmed; and cells are declared as text,
    # since clients cannot express more, but take numbers, too. A form can send text only: what is a
    # number to Schemathesis arrives as digits, one text is a list of one, an empty one is none. The
    # files that a model can use are bytes, which to Schemathesis are no text, and so wrong.
    loose = holds_outer_blanks(case.body) or holds_loose_cells(case.body)
    as_text = holds_other_than_text(case.body) or holds_loose_fields(case.body)
    in_form = case.media_type == "multipart/form-data" and as_text
    if loose or in_form or isinstance(visitor, ModelUser):
        excluded.append(negative_data_rejection)
    response = case.call_and_validate(
        base_url=address, headers=visitor.headers, excluded_checks=excluded
    )
    answers[case.operation.label].add(response.status_code)


def holds_outer_blanks(body: object) -> bool:
    """Whether the backend will trim some text of this body."""
    if isinstance(body, dict | list):
        return any(map(holds_outer_blanks, body.values() if isinstance(body, dict) else body))
    return isinstance(body, str) and body != body.strip()


def holds_other_than_text(body: object) -> bool:
    """Whether something in this body is made text when a form sends it, as objects are."""
    fields = body.values() if isinstance(body, dict) else [body]
    return not all(map(is_text, fields))


def is_text(field: object) -> bool:
    """Whether a form sends it as it is; a list is sent as several fields."""
    return all(map(is_text, field)) if isinstance(field, list) else isinstance(field, str | bytes)


def holds_loose_fields(body: object) -> bool:
    """Whether a form leaves a field of this out, or its one list is a text or has an empty one."""
    if not isinstance(body, dict):
        return False
    given = body.get("features", [])
    return "" in body.values() or not isinstance(given, list) or "" in given


def holds_loose_cells(body: object) -> bool:
    """Whether some cell of a table is no text, but a value that the backend takes all the same."""
    rows = body.get("rows") if isinstance(body, dict) else None
    cells = [
        cell
        for row in (rows if isinstance(rows, list) else ())
        for cell in (row.values() if isinstance(row, dict) else ())
    ]
    return any(cell is None or isinstance(cell, bool | int | float) for cell in cells)
