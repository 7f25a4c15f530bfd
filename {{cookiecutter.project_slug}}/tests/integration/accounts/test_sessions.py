"""Staying logged in: refreshing, theft, logging out; and tokens that are no good."""

import asyncio

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from httpx2 import Response
from sqlalchemy import update

from app.models.login_session import LoginSession
from app.models.refresh_token import RefreshToken
from app.utils.clock import utc_now
from tests.integration.conftest import Connect
from tests.integration.conftest import StartApp
from tests.support.accounts import Person
from tests.support.accounts import join
from tests.support.accounts import open_session
from tests.support.accounts import refresh
from tests.support.no_content import is_no_content
from tests.support.problems import problem_of
from tests.support.problems import refused_fields

ME = "/api/v1/users/me"
LOGOUT = "/api/v1/auth/logout"


async def ask(client: AsyncClient, access_token: str) -> Response:
    """Ask who is speaking, with this token."""
    return await client.get(ME, headers={"Authorization": f"Bearer {access_token}"})


async def test_a_refresh_gives_a_new_pair_that_works(anna: Person) -> None:
    response = await refresh(anna.client, anna.tokens["refresh_token"])
    assert response.status_code == 200
    pair = response.json()
    assert response.headers["Cache-Control"] == "no-store"
    assert pair.keys() == anna.tokens.keys()
    assert pair["refresh_token"] != anna.tokens["refresh_token"]
    assert (await ask(anna.client, pair["access_token"])).json()["email"] == anna.email
    assert (await refresh(anna.client, pair["refresh_token"])).status_code == 200


async def test_a_repeat_just_now_gets_the_same_successor(anna: Person) -> None:
    answers = [await refresh(anna.client, anna.tokens["refresh_token"]) for _ in range(3)]
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_twenty_at_once_all_get_the_same_successor(anna: Person) -> None:
    token = anna.tokens["refresh_token"]
    answers = await asyncio.gather(*(refresh(anna.client, token) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert (await refresh(anna.client, answers[0].json()["refresh_token"])).status_code == 200


async def test_a_repeat_too_late_ends_the_session(start_app: StartApp, connect: Connect) -> None:
    app = await start_app(refresh_reuse_window_seconds=0)
    thief = connect(app)
    anna = await join(app, connect(app), "anna@example.com")
    pair = (await refresh(anna.client, anna.tokens["refresh_token"])).json()
    problem_of(await refresh(thief, anna.tokens["refresh_token"]), 401, "invalid_token")
    problem_of(await ask(anna.client, pair["access_token"]), 401, "invalid_token")
    problem_of(await refresh(anna.client, pair["refresh_token"]), 401, "invalid_token")


async def test_only_the_direct_parent_is_forgiven(anna: Person) -> None:
    first = anna.tokens["refresh_token"]
    second = (await refresh(anna.client, first)).json()["refresh_token"]
    third = (await refresh(anna.client, second)).json()
    problem_of(await refresh(anna.client, first), 401, "invalid_token")
    problem_of(await refresh(anna.client, third["refresh_token"]), 401, "invalid_token")
    problem_of(await ask(anna.client, third["access_token"]), 401, "invalid_token")


async def test_the_theft_of_one_session_leaves_the_others(anna: Person) -> None:
    other = await open_session(anna.client, anna.email)
    second = (await refresh(anna.client, anna.tokens["refresh_token"])).json()["refresh_token"]
    await refresh(anna.client, second)
    problem_of(await refresh(anna.client, anna.tokens["refresh_token"]), 401, "invalid_token")
    assert (await ask(anna.client, other["access_token"])).status_code == 200


@pytest.mark.parametrize("table", [RefreshToken, LoginSession])
async def test_time_ends_a_session(
    app: FastAPI, anna: Person, table: type[RefreshToken] | type[LoginSession]
) -> None:
    async with app.state.resources.database.write() as session:
        await session.execute(update(table).values(expires_at=utc_now()))
    response = await refresh(anna.client, anna.tokens["refresh_token"])
    problem_of(response, 401, "invalid_token")


@pytest.mark.parametrize("token", ["", "unknown", "x" * 512, "ä", "🫖"])
async def test_an_unknown_refresh_token_is_no_good(anonymous: AsyncClient, token: str) -> None:
    response = await refresh(anonymous, token)
    problem_of(response, 401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_a_refresh_token_that_cannot_be_one_is_not_echoed(anonymous: AsyncClient) -> None:
    response = await refresh(anonymous, "hunter2" * 100)
    assert refused_fields(response) == ["refresh_token"]
    assert "hunter2" not in response.text
    assert refused_fields(await refresh(anonymous, "a\0")) == ["refresh_token"]


async def test_logging_out_ends_both_tokens(anna: Person) -> None:
    token = anna.tokens["refresh_token"]
    response = await anna.client.post(LOGOUT, json={"refresh_token": token})
    assert is_no_content(response)
    problem_of(await anna.client.get(ME), 401, "invalid_token")
    problem_of(await refresh(anna.client, token), 401, "invalid_token")


async def test_logging_out_works_with_a_spent_token_and_twice(anna: Person) -> None:
    spent = {"refresh_token": anna.tokens["refresh_token"]}
    pair = (await refresh(anna.client, spent["refresh_token"])).json()
    for _ in range(2):
        assert (await anna.client.post(LOGOUT, json=spent)).status_code == 204
    problem_of(await refresh(anna.client, pair["refresh_token"]), 401, "invalid_token")


async def test_logging_out_with_an_unknown_token_is_no_error(anonymous: AsyncClient) -> None:
    response = await anonymous.post(LOGOUT, json={"refresh_token": "unknown"})
    assert response.status_code == 204


async def test_logging_out_everywhere_ends_every_session_of_one_person(
    anna: Person, bert: Person
) -> None:
    other = await open_session(anna.client, anna.email)
    assert is_no_content(await anna.client.post("/api/v1/auth/logout-all"))
    for tokens in (anna.tokens, other):
        problem_of(await ask(anna.client, tokens["access_token"]), 401, "invalid_token")
        problem_of(await refresh(anna.client, tokens["refresh_token"]), 401, "invalid_token")
    assert (await bert.client.get(ME)).status_code == 200


@pytest.mark.parametrize("header", ["Bearer x", "Bearer ", "bearer a.b.c", "Bearer " + "x" * 5000])
async def test_a_token_that_is_none_is_no_good(anonymous: AsyncClient, header: str) -> None:
    response = await anonymous.get(ME, headers={"Authorization": header})
    problem_of(response, 401, response.json()["code"])
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "x"])
async def test_without_a_token_one_is_asked_for(anonymous: AsyncClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = await anonymous.get(ME, headers=headers)
    problem_of(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"
