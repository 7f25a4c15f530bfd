"""How often somebody may try, and who is counted as one."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport
from httpx2 import AsyncClient
from httpx2 import Response

from tests.support.accounts import PASSWORD
from tests.support.accounts import log_in
from tests.support.accounts import refresh
from tests.support.accounts import register
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of

ROOMY = {
    "rate_limit_enabled": True,
    "rate_limit_address": "1000/minute",
    "rate_limit_account": "1000/minute",
    "rate_limit_session": "1000/minute",
}


def assert_refused(response: Response) -> None:
    """The answer to one attempt too many."""
    problem_of(response, 429, "rate_limited")
    assert 1 <= int(response.headers["Retry-After"]) <= 60


def at(app: FastAPI, connect: Connect, address: str) -> AsyncClient:
    """A client that calls from this address."""
    client = connect(app)
    client._transport = ASGITransport(app, client=(address, 1))
    return client


async def test_an_address_may_try_each_thing_so_often(
    start_app: StartApp, connect: Connect
) -> None:
    app = await start_app(**{**ROOMY, "rate_limit_address": "2/minute"})
    client = connect(app)
    for number in range(2):
        assert (await register(client, f"{number}@example.com")).status_code == 201
    assert_refused(await register(client, "another@example.com"))
    assert (await log_in(client, "0@example.com")).status_code == 200
    assert (await register(at(app, connect, "192.0.2.7"), "c@example.com")).status_code == 201


async def test_a_home_may_try_as_often_as_one_address(
    start_app: StartApp, connect: Connect
) -> None:
    app = await start_app(**{**ROOMY, "rate_limit_address": "2/minute"})
    for number in range(2):
        client = at(app, connect, f"2001:db8::{number}")
        assert (await register(client, f"{number}@example.com")).status_code == 201
    assert_refused(await register(at(app, connect, "2001:db8::9"), "c@example.com"))
    assert (await register(at(app, connect, "2001:db8:0:1::"), "d@example.com")).status_code == 201


async def test_an_account_may_be_tried_so_often_from_everywhere(
    start_app: StartApp, connect: Connect
) -> None:
    app = await start_app(**{**ROOMY, "rate_limit_account": "2/minute"})
    await register(connect(app), "anna@example.com")
    for number in range(2):
        client = at(app, connect, f"192.0.2.{number}")
        problem_of(await log_in(client, "Anna@example.com", "wrong"), 401, "invalid_credentials")
    assert_refused(await log_in(at(app, connect, "192.0.2.9"), "ANNA@example.com"))
    problem_of(await log_in(connect(app), "bert@example.com"), 401, "invalid_credentials")


async def test_an_address_that_nobody_has_is_limited_alike(
    start_app: StartApp, connect: Connect
) -> None:
    client = connect(await start_app(**{**ROOMY, "rate_limit_account": "1/minute"}))
    for username in ("nobody@example.com", "no address"):
        problem_of(await log_in(client, username), 401, "invalid_credentials")
        assert_refused(await log_in(client, username))


async def test_a_refresh_token_may_be_used_so_often(start_app: StartApp, connect: Connect) -> None:
    client = connect(await start_app(**{**ROOMY, "rate_limit_session": "2/minute"}))
    await register(client, "anna@example.com")
    token = (await log_in(client, "anna@example.com")).json()["refresh_token"]
    answers = [await refresh(client, token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert_refused(answers[2])


async def test_one_address_may_refresh_for_as_many_sessions_as_it_has(
    start_app: StartApp, connect: Connect
) -> None:
    client = connect(await start_app(**ROOMY))
    await register(client, "anna@example.com")
    tokens = [(await log_in(client, "anna@example.com")).json() for _ in range(40)]
    client = connect(await start_app(**{**ROOMY, "rate_limit_address": "1/minute"}))
    answers = [await refresh(client, each["refresh_token"]) for each in tokens]
    assert [answer.status_code for answer in answers] == [200] * 40


async def test_logging_out_is_limited_by_session_and_by_address_for_unknown_tokens(
    start_app: StartApp, connect: Connect
) -> None:
    limits = {"rate_limit_session": "2/minute", "rate_limit_address": "3/minute"}
    app = await start_app(**{**ROOMY, **limits})
    client, path = connect(app), "/api/v1/auth/logout"
    await register(client, "anna@example.com")
    pairs = [(await log_in(client, "anna@example.com")).json() for _ in range(2)]
    for token, allowed in (
        (pairs[0]["refresh_token"], 2),
        ("unknown", 3),
        (pairs[1]["refresh_token"], 2),  # the address is used up, this session is not
    ):
        for _ in range(allowed):
            answer = await client.post(path, json={"refresh_token": token})
            assert answer.status_code == 204
        assert_refused(await client.post(path, json={"refresh_token": token}))


async def test_a_current_password_may_be_guessed_so_often(
    start_app: StartApp, connect: Connect
) -> None:
    client = connect(await start_app(**{**ROOMY, "rate_limit_account": "1/minute"}))
    await register(client, "anna@example.com")
    tokens = (await log_in(client, "anna@example.com")).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    data = {"current_password": "wrong", "new_password": PASSWORD}
    path = "/api/v1/users/me/password"
    assert (await client.post(path, json=data, headers=headers)).status_code == 422
    assert_refused(await client.post(path, json=data, headers=headers))


async def test_the_defaults_leave_room_for_a_person(start_app: StartApp, connect: Connect) -> None:
    client = connect(await start_app(rate_limit_enabled=True))
    await register(client, "anna@example.com")
    statuses = [(await log_in(client, "anna@example.com")).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]


@pytest.mark.parametrize(
    ("trusted", "second"), [(["127.0.0.1"], 201), (["10.0.0.1"], 429), ([], 429)]
)
async def test_only_a_trusted_proxy_says_who_is_calling(
    start_app: StartApp, connect: Connect, trusted: list[str], second: int
) -> None:
    settings = {**ROOMY, "rate_limit_address": "1/minute", "trusted_proxies": trusted}
    client = connect(await start_app(**settings))
    statuses = []
    for number in range(2):
        client.headers["X-Forwarded-For"] = f"203.0.113.{number}"
        statuses.append((await register(client, f"{number}@example.com")).status_code)
    assert statuses == [201, second]


@pytest.mark.parametrize(("on_failure", "status"), [("memory", 201), ("deny", 503)])
async def test_a_store_that_is_down_does_what_the_setting_says(
    start_app: StartApp, connect: Connect, on_failure: str, status: int
) -> None:
    settings: dict[str, Any] = {**ROOMY, "rate_limit_on_failure": on_failure}
    settings["rate_limit_storage_url"] = "redis://127.0.0.1:1"
    client = connect(await start_app(**settings))
    response = await register(client, f"{uuid4().hex}@example.com")
    assert response.status_code == status
    if status == 503:
        problem_of(response, 503, "unavailable")
    assert (await client.get("/health/ready")).status_code == 200
