"""Staying logged in: refreshing, theft, logging out; and tokens that are no good."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from httpx2 import Response
from sqlalchemy import event
from sqlalchemy import update

from app.models.login_session import LoginSession
from app.utils.clock import utc_now
from tests.support.accounts import Person
from tests.support.accounts import join
from tests.support.accounts import open_session
from tests.support.accounts import refresh
from tests.support.apps import Connect
from tests.support.apps import StartApp
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


async def test_a_lost_response_is_sent_again(anna: Person) -> None:
    answers = [await refresh(anna.client, anna.tokens["refresh_token"]) for _ in range(3)]
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert (await ask(anna.client, answers[2].json()["access_token"])).status_code == 200


async def test_twenty_at_once_all_get_the_same_successor(anna: Person) -> None:
    token = anna.tokens["refresh_token"]
    answers = await asyncio.gather(*(refresh(anna.client, token) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert (await refresh(anna.client, answers[0].json()["refresh_token"])).status_code == 200


async def test_a_repeat_after_the_successor_was_used_ends_the_session(
    anna: Person, anonymous: AsyncClient
) -> None:
    pair = (await refresh(anna.client, anna.tokens["refresh_token"])).json()
    assert (await ask(anna.client, pair["access_token"])).status_code == 200
    problem_of(await refresh(anonymous, anna.tokens["refresh_token"]), 401, "invalid_token")
    problem_of(await ask(anna.client, pair["access_token"]), 401, "invalid_token")
    problem_of(await refresh(anna.client, pair["refresh_token"]), 401, "invalid_token")


@pytest.mark.parametrize("first_use", [True, False])
async def test_of_a_refresh_and_a_first_use_at_once_either_comes_first(
    anna: Person, first_use: bool
) -> None:
    spent = anna.tokens["refresh_token"]
    pair = (await refresh(anna.client, spent)).json()
    if not first_use:
        await ask(anna.client, pair["access_token"])
    used, *repeats = await asyncio.gather(
        ask(anna.client, pair["access_token"]), *(refresh(anna.client, spent) for _ in range(5))
    )
    statuses = {answer.status_code for answer in repeats}
    assert statuses <= ({200, 401} if first_use else {401})
    assert used.status_code == 200 or 401 in statuses
    tokens = {answer.json()["refresh_token"] for answer in repeats if answer.status_code == 200}
    assert tokens <= {pair["refresh_token"]}


async def test_only_the_first_use_of_a_pair_writes(app: FastAPI, anna: Person) -> None:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement.split()[0])

    engine = app.state.resources.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    counts = []
    for _ in range(3):
        statements.clear()
        assert (await anna.client.get(ME)).status_code == 200
        counts.append((statements.count("SELECT"), statements.count("UPDATE")))
    assert counts == [(1, 1), (1, 0), (1, 0)]


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


async def test_time_ends_a_session(app: FastAPI, anna: Person) -> None:
    async with app.state.resources.database.write() as session:
        await session.execute(update(LoginSession).values(expires_at=utc_now()))
    response = await refresh(anna.client, anna.tokens["refresh_token"])
    problem_of(response, 401, "invalid_token")


async def test_tokens_of_the_previous_secret_are_accepted(
    start_app: StartApp, connect: Connect
) -> None:
    old, new = "an old secret", "a new secret"
    before = await start_app(secret_key=old)
    anna = await join(before, connect(before), "anna@example.com")
    lost = (await refresh(anna.client, anna.tokens["refresh_token"])).json()
    client = connect(await start_app(secret_key=new, secret_key_previous=old))
    assert (await ask(client, anna.tokens["access_token"])).status_code == 200
    again = (await refresh(client, anna.tokens["refresh_token"])).json()
    assert again["refresh_token"] == lost["refresh_token"]
    pair = (await refresh(client, again["refresh_token"])).json()
    client = connect(await start_app(secret_key=new))
    assert (await ask(client, pair["access_token"])).status_code == 200
    problem_of(await ask(client, lost["access_token"]), 401, "invalid_token")


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
