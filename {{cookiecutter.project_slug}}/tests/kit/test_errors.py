"""Every error is a problem (RFC 9457) that names the request and shows nothing of the inside."""

import logging
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from starlette.exceptions import HTTPException

from tests.support.apps import StartApp
from tests.support.apps import new_client
from tests.support.problems import problem_of
from tests.support.problems import refused_fields
from tests.support.things import THINGS
from tests.support.things import add_things

ORIGIN = {"Origin": "https://app.example.com"}
LONG = b'{"title": "' + b"T" * 2000 + b'"}'


@pytest.fixture
async def app(start_app: StartApp) -> FastAPI:
    """An application with paths of the tests' own."""
    return add_things(await start_app())


async def in_two(body: bytes) -> AsyncIterator[bytes]:
    """A body whose length is not announced."""
    yield body[:10]
    yield body[10:]


async def test_a_path_that_does_not_exist(anonymous: AsyncClient) -> None:
    problem = problem_of(await anonymous.get("/api/v1/nothing"), 404, "not_found")
    assert (problem["type"], problem["title"]) == ("about:blank", "Not Found")
    assert problem["errors"] == []


async def test_a_method_that_is_not_offered_names_those_that_are(anonymous: AsyncClient) -> None:
    response = await anonymous.put(THINGS)
    problem_of(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, POST"


async def test_only_the_methods_of_this_very_path_are_named(start_app: StartApp) -> None:
    async def answer() -> None: ...

    app = await start_app()
    app.add_api_route("/things/all", answer, methods=["POST"])
    app.add_api_route("/things/{name}", answer, methods=["GET"])
    async with new_client(app) as client:
        assert (await client.put("/things/all")).headers["Allow"] == "POST"
        assert (await client.put("/things/one")).headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("detail", ["Too many fields", "Too many fields."])
async def test_what_the_framework_refuses_is_reported_in_one_sentence(
    start_app: StartApp, detail: str
) -> None:
    async def refuse() -> None:
        raise HTTPException(400, detail)

    app = await start_app()
    app.add_api_route("/refuse", refuse)
    async with new_client(app) as client:
        problem = problem_of(await client.get("/refuse"), 400, "bad_request")
    assert problem["detail"] == "Too many fields."


async def test_each_wrong_field_is_named_once(anonymous: AsyncClient) -> None:
    response = await anonymous.post(THINGS, json={"description": 7, "more": 1})
    assert sorted(refused_fields(response)) == ["description", "more", "title"]
    assert response.json()["detail"].count("title") == 1


async def test_too_many_errors_are_not_listed_one_by_one(anonymous: AsyncClient) -> None:
    response = await anonymous.post(THINGS, json=dict.fromkeys(map(str, range(50_000)), 1))
    assert refused_fields(response) == ["body"]
    assert response.json()["errors"][0]["code"] == "too_many_errors"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\x00", b"NaN"])
async def test_a_body_that_is_no_object(anonymous: AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = await anonymous.post(THINGS, content=body, headers=headers)
    problem_of(response, 422, "validation_error")


@pytest.mark.parametrize("body", [b"{", b'{"title": "Tea",}'])
async def test_broken_json_is_no_fault_of_a_field(anonymous: AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = await anonymous.post(THINGS, content=body, headers=headers)
    assert refused_fields(response) == ["body"]
    assert response.json()["errors"][0]["code"] == "json_invalid"


async def test_broken_json_is_reported_with_its_position(anonymous: AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    response = await anonymous.post(THINGS, content=b'{\n"title": Tea}', headers=headers)
    (error,) = response.json()["errors"]
    assert error["message"] == "Invalid JSON: Expecting value: line 2 column 10 (char 11)"


async def test_json_that_is_encoded_twice_is_no_object(anonymous: AsyncClient) -> None:
    response = await anonymous.post(THINGS, json='{"title": "Tea"}')
    assert response.json()["errors"][0]["message"] == "Input should be an object"


@pytest.mark.parametrize("body", [b"\xff\xfe\xfd", b"[" * 20000])
async def test_a_body_that_is_no_json_at_all(anonymous: AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = await anonymous.post(THINGS, content=body, headers=headers)
    assert response.status_code in {400, 422}
    problem_of(response, response.status_code, response.json()["code"])


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("text/plain; charset=utf-8", ", not as text/plain"),
        ("application/x-www-form-urlencoded", ", not as application/x-www-form-urlencoded"),
        ("<b>", ""),
        ("", ""),
    ],
)
async def test_a_body_of_another_type_is_rejected_with_the_right_type(
    anonymous: AsyncClient, given: str, hint: str
) -> None:
    headers = {"Content-Type": given} if given else {}
    response = await anonymous.post(THINGS, content=b'{"title": "Tea"}', headers=headers)
    assert refused_fields(response) == ["body"]
    (error,) = response.json()["errors"]
    assert error["message"] == f"Send the body as application/json{hint} (header Content-Type)"


@pytest.mark.parametrize("given", ["application/json; charset=utf-8", "application/merge+json"])
async def test_json_is_read_whatever_kind_it_is(anonymous: AsyncClient, given: str) -> None:
    response = await anonymous.post(
        THINGS, content=b'{"title": ""}', headers={"Content-Type": given}
    )
    assert refused_fields(response) == ["title"]


async def test_without_a_body_there_is_no_wrong_one(anonymous: AsyncClient) -> None:
    response = await anonymous.post(THINGS, headers={"Content-Type": "text/plain"})
    assert response.json()["errors"][0]["code"] == "missing"


async def test_what_is_wrong_beside_the_body_is_reported_as_well(anonymous: AsyncClient) -> None:
    headers = {"Content-Type": "text/plain"}
    response = await anonymous.patch(f"{THINGS}/none", content=b"{}", headers=headers)
    assert refused_fields(response) == ["thing_id", "body"]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_above_the_limit(start_app: StartApp, announced: bool) -> None:
    values = {"max_body_bytes": 1024, "cors_origins": ["https://app.example.com"]}
    small = add_things(await start_app(**values))
    headers = {**ORIGIN, "Content-Type": "application/json"}
    async with new_client(small, headers=headers) as caller:
        content = LONG if announced else in_two(LONG)
        response = await caller.post(THINGS, content=content)
    problem_of(response, 413, "content_too_large")
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_of_just_the_limit(start_app: StartApp, announced: bool) -> None:
    small = add_things(await start_app(max_body_bytes=1024))
    headers = {"Content-Type": "application/json"}
    body = b'{"title": "Tea"}'.ljust(1024)
    async with new_client(small, headers=headers) as caller:
        content = body if announced else in_two(body)
        assert (await caller.post(THINGS, content=content)).status_code == 201


@pytest.fixture
async def broken(start_app: StartApp) -> FastAPI:
    """An application with a path that fails as nobody expected."""
    app = await start_app(cors_origins=["https://app.example.com"])

    async def fail() -> None:
        raise RuntimeError("the inside: hunter2")

    app.add_api_route("/fail", fail)
    return app


async def test_what_nobody_expected_shows_nothing_of_the_inside(
    broken: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    async with new_client(broken, headers=ORIGIN) as caller:
        response = await caller.get("/fail")
    problem = problem_of(response, 500, "internal_error")
    assert "hunter2" not in response.text
    assert "request id" in problem["detail"]
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert "hunter2" in str(record.exc_info[1])


async def test_the_application_goes_on_after_an_unexpected_error(broken: FastAPI) -> None:
    async with new_client(broken) as caller:
        await caller.get("/fail")
        assert (await caller.get("/health/ready")).status_code == 200
