"""A variant with every module handles all requests that its OpenAPI document allows.

Schemathesis generates valid and invalid requests. Each is sent by a user of its own
(`schema_users.py`), so that a logout or a deleted account does not affect the next request.
"""

import copy
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import hypothesis
import jsonschema
import pytest
import schemathesis
from schemathesis import Case
from schemathesis import CheckFunction
from schemathesis.specs.openapi.checks import negative_data_rejection
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.checks import response_schema_conformance

from support import app_server
from support import clean_environment
from support import external_servers
from support.paths import TEMPLATE
from support.schema_users import ADMIN_EMAIL
from support.schema_users import PASSWORD
from support.schema_users import ModelUser
from support.schema_users import SchemaUsers

APP = [sys.executable, "-c", "from app.cli import main; main()"]
DECLARE = """
import sys
from tests.support.tiny_models import write_all_models
write_all_models(sys.argv[1], load_at_start=True)
"""
SETTINGS = {"RATE_LIMIT_ENABLED": "false", "PASSWORD_HASH_ROUNDS": "4", "LOG_LEVEL": "WARNING"}

# Schemathesis makes one test for each operation, so it has to know them before any server runs.
document = json.loads(clean_environment.run([*APP, "export-openapi"], TEMPLATE))
schema = schemathesis.openapi.from_dict(document)
schema.config.seed = 1  # the same requests every time, so that a new failure has a new cause

Answers = defaultdict[str, set[int]]


@pytest.fixture(scope="module")
def address(bake: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it listens."""
    project = bake(ai_statistical="yes", ai_custom_models="yes")
    folder = tmp_path_factory.mktemp("schema")
    clean_environment.run([sys.executable, "-c", DECLARE, str(folder)], project)
    with external_servers.scratch_database("sqlite", folder) as url:
        settings = {**SETTINGS, "DATABASE_URL": url, "STORAGE_URL": str(folder / "storage")}
        settings |= {"CUSTOM_MODELS_FILE": str(folder / "models.toml")}
        settings |= {"CUSTOM_MODELS_MAX_LOADED": "20"}
        command = [*APP, "create-admin", ADMIN_EMAIL, "--password-stdin"]
        clean_environment.run(command, project, PASSWORD, **settings)
        with app_server.run_server([*APP, "serve"], project, folder, **settings) as started:
            yield started


@pytest.fixture(scope="module")
def visitors(address: str) -> Iterator[SchemaUsers]:
    """Those who send the requests."""
    with httpx2.Client(base_url=address) as client:
        yield SchemaUsers(client)


@pytest.fixture(scope="module")
def answers() -> Iterator[Answers]:
    """Every status that each operation gave; in the end each must have succeeded at least once."""
    seen: Answers = defaultdict(set)
    yield seen
    for operation, statuses in seen.items():
        assert any(status < 300 for status in statuses), f"{operation} only gave {statuses}"


def test_the_server_has_the_expected_document(address: str) -> None:
    served = httpx2.get(f"{address}/openapi.json", timeout=60).json()
    assert codes_apart(served["paths"]) == codes_apart(document["paths"])
    assert served["components"] == document["components"]


def codes_apart(paths: dict[str, Any]) -> dict[str, Any]:
    """The paths with the codes of 403 as a list, but for that of projects without accounts.

    The raw folder has it as well, and the example of an error shows its first code.
    """
    paths = copy.deepcopy(paths)
    for operations in paths.values():
        for operation in operations.values():
            refusal = operation["responses"].pop("403", {"description": ""})
            found = re.findall(r"`(\w+)`", refusal["description"])
            operation["forbidden"] = [code for code in found if code != "cross_site_request"]
    return paths


@schema.parametrize()
@hypothesis.settings(max_examples=50, deadline=None)
def test_every_response_matches_openapi(
    case: Case[Any], address: str, visitors: SchemaUsers, answers: Answers
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
    if case.path.endswith("/stream"):  # its schema is that of the data of each event
        excluded.append(response_schema_conformance)
    response = case.call_and_validate(
        base_url=address, headers=visitor.headers, excluded_checks=excluded
    )
    answers[case.operation.label].add(response.status_code)
    if case.path.endswith("/stream") and response.status_code == httpx2.codes.OK:
        components = document["components"]
        event = {**components["schemas"]["ChatEvent"], "components": components}
        for line in response.text.splitlines():
            if line.startswith("data: "):
                jsonschema.validate(json.loads(line.removeprefix("data: ")), event)


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
