"""The OpenAPI document, as generators of clients need it."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.main import create_app
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of
from tests.support.settings import make_settings
from tests.support.things import THINGS
from tests.support.things import add_things

PROBLEM = {"$ref": "#/components/schemas/Problem"}


@pytest.fixture(scope="module")
def document(isolation: None) -> dict[str, Any]:
    """The document of an application that has paths of the tests' own as well."""
    return add_things(create_app(make_settings())).openapi()


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every operation of every path."""
    for path in document["paths"].values():
        yield from path.values()


def schemas_in(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document that could be a schema."""
    if isinstance(part, dict):
        yield part
    for inner in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        yield from schemas_in(inner)


async def test_it_is_served(anonymous: AsyncClient, app: FastAPI) -> None:
    assert (await anonymous.get("/openapi.json")).json() == app.openapi()


async def test_the_bare_address_leads_to_it(anonymous: AsyncClient, app: FastAPI) -> None:
    response = await anonymous.get("/")
    assert response.is_redirect
    assert response.headers["Location"] == "/docs"
    assert "/" not in app.openapi()["paths"]


async def test_it_can_be_switched_off(start_app: StartApp, connect: Connect) -> None:
    client = connect(await start_app(docs_enabled=False))
    for path in ("/", "/openapi.json", "/docs", "/docs/swagger-ui.css"):
        problem_of(await client.get(path), 404, "not_found")


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(document)]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    assert all(operation["description"] for operation in operations(document))


def test_it_explains_what_nobody_can_guess(document: dict[str, Any]) -> None:
    problem = document["components"]["schemas"]["Problem"]["properties"]
    assert problem["code"]["description"]
    query = document["paths"][THINGS]["get"]["parameters"]
    assert all(parameter["description"] for parameter in query)


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for operation in operations(document):
        errors = {
            status: answer for status, answer in operation["responses"].items() if status >= "400"
        }
        assert {"500", "503"} <= errors.keys()
        for answer in errors.values():
            assert answer["content"]["application/problem+json"]["schema"] == PROBLEM


def test_an_error_names_its_codes(document: dict[str, Any]) -> None:
    errors = document["paths"][THINGS]["post"]["responses"]
    assert "`database_unavailable`" in errors["503"]["description"]
    assert errors["413"]["description"].endswith(": `content_too_large`")
    example = errors["413"]["content"]["application/problem+json"]["example"]
    assert (example["status"], example["code"], example["errors"]) == (413, "content_too_large", [])


async def test_the_example_of_a_problem_is_a_real_one(
    app: FastAPI, anonymous: AsyncClient, document: dict[str, Any]
) -> None:
    add_things(app)
    (example,) = document["components"]["schemas"]["Problem"]["examples"]
    headers = {"X-Request-ID": example["request_id"]}
    response = await anonymous.get(THINGS, params={"limit": 101}, headers=headers)
    assert problem_of(response, 422, "validation_error") == example


def test_what_takes_a_body_can_refuse_it(document: dict[str, Any]) -> None:
    bodies = [operation for operation in operations(document) if "requestBody" in operation]
    assert bodies
    assert all({"400", "413", "422"} <= body["responses"].keys() for body in bodies)


def test_a_union_only_ever_means_that_null_is_allowed(document: dict[str, Any]) -> None:
    unions = [schema["anyOf"] for schema in schemas_in(document) if "anyOf" in schema]
    assert unions
    assert all(len(union) == 2 and {"type": "null"} in union for union in unions)
    assert not any("oneOf" in schema for schema in schemas_in(document))


def test_the_shapes_that_clients_cannot_read_are_gone(document: dict[str, Any]) -> None:
    names = document["components"]["schemas"].keys()
    assert not {"HTTPValidationError", "ValidationError"} & names
    assert "HTTPValidationError" not in str(document)


def test_generators_know_every_file_as_one(document: dict[str, Any]) -> None:
    files = [schema for schema in schemas_in(document) if "contentMediaType" in schema]
    assert all(schema["format"] == "binary" for schema in files)


def test_every_field_of_an_answer_is_always_there(document: dict[str, Any]) -> None:
    for name in ("ThingList", "Problem", "FieldProblem"):
        schema = document["components"]["schemas"][name]
        assert set(schema["required"]) == set(schema["properties"]), name
    assert document["components"]["schemas"]["Health"]["required"] == ["status"]


def test_health_is_where_load_balancers_look_for_it(document: dict[str, Any]) -> None:
    paths = {path: set(methods) for path, methods in document["paths"].items()}
    assert paths["/health/live"] == paths["/health/ready"] == {"get"}
