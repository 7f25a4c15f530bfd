"""Refreshing over several processes: one successor, and a theft ends the session for all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from tests.support.accounts import log_in
from tests.support.accounts import refresh
from tests.support.accounts import register
from tests.support.problems import problem_of
from tests.support.processes import Server
from tests.support.waiting import MAX_WAIT_SECONDS


@pytest.fixture
async def clients(servers: list[Server]) -> AsyncIterator[list[AsyncClient]]:
    """A client for each process."""
    async with AsyncExitStack() as stack:
        clients = [AsyncClient(base_url=one.url, timeout=MAX_WAIT_SECONDS) for one in servers]
        yield [await stack.enter_async_context(client) for client in clients]


@pytest.fixture
async def token(clients: list[AsyncClient]) -> str:
    """The refresh token of somebody who has just logged in."""
    email = f"{uuid4().hex}@example.com"
    assert (await register(clients[0], email)).status_code == 201
    token: str = (await log_in(clients[1], email)).json()["refresh_token"]
    return token


async def test_twenty_at_once_all_get_the_same_successor(
    clients: list[AsyncClient], token: str
) -> None:
    answers = await asyncio.gather(
        *(refresh(clients[number % len(clients)], token) for number in range(20))
    )
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_a_theft_ends_the_session_in_all_of_them(
    clients: list[AsyncClient], token: str
) -> None:
    second = (await refresh(clients[0], token)).json()["refresh_token"]
    third = (await refresh(clients[1], second)).json()
    problem_of(await refresh(clients[2], token), 401, "invalid_token")
    problem_of(await refresh(clients[3], third["refresh_token"]), 401, "invalid_token")
    headers = {"Authorization": f"Bearer {third['access_token']}"}
    problem_of(await clients[0].get("/api/v1/users/me", headers=headers), 401, "invalid_token")
