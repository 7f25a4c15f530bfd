"""Somebody keeps guessing a password: they are stopped, and the owner comes in all the same."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport
from httpx2 import Response
from sqlalchemy import func
from sqlalchemy import select

from app.models.login_session import KnownClientIp
from app.services import known_client_ips
from app.utils.clock import utc_now
from tests.support.accounts import PASSWORD
from tests.support.accounts import log_in
from tests.support.accounts import register
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of

LIMITS = {
    "rate_limit_enabled": True,
    "rate_limit_address": "1000/minute",
    "rate_limit_account": "3/minute",
}
ANNA, HOME, AWAY = "anna@example.com", "192.0.2.1", "198.51.100.7"


@pytest.fixture
async def app(start_app: StartApp, connect: Connect) -> FastAPI:
    """An application in which Anna has an account, and may fail three times a minute."""
    app = await start_app(**LIMITS)
    assert (await register(connect(app), ANNA)).status_code == 201
    return app


class Visitor:
    """Tries to sign in as Anna from anywhere."""

    def __init__(self, app: FastAPI, connect: Connect) -> None:
        self.app = app
        self.connect = connect

    async def try_it(self, address: str, password: str = PASSWORD, email: str = ANNA) -> Response:
        """Try this password."""
        client = self.connect(self.app)
        client._transport = ASGITransport(self.app, client=(address, 1))
        return await log_in(client, email, password)

    async def statuses(self, address: str, password: str, times: int) -> list[int]:
        """Try this password several times."""
        return [(await self.try_it(address, password)).status_code for _ in range(times)]


@pytest.fixture
def visitor(app: FastAPI, connect: Connect) -> Visitor:
    """Somebody who tries to sign in as Anna."""
    return Visitor(app, connect)


async def count_known(app: FastAPI) -> int:
    """Return how many addresses are known."""
    async with app.state.resources.database.read() as session:
        return int(await session.scalar(select(func.count()).select_from(KnownClientIp)) or 0)


async def test_signing_in_is_no_failure(visitor: Visitor) -> None:
    assert await visitor.statuses(HOME, PASSWORD, 5) == [200] * 5
    assert await visitor.statuses(AWAY, PASSWORD, 1) == [200]
    assert await visitor.statuses("203.0.113.1", "wrong", 3) == [401] * 3


async def test_the_owner_comes_in_from_where_they_were_before(visitor: Visitor) -> None:
    assert (await visitor.try_it(HOME)).status_code == 200
    for number in range(3):
        assert await visitor.statuses(f"198.51.100.{number}", "wrong", 1) == [401]
    problem_of(await visitor.try_it(AWAY), 429, "rate_limited")
    assert (await visitor.try_it(HOME)).status_code == 200


async def test_a_known_address_may_not_guess_for_ever(visitor: Visitor) -> None:
    assert (await visitor.try_it(HOME)).status_code == 200
    assert await visitor.statuses(HOME, "wrong", 4) == [401] * 3 + [429]
    problem_of(await visitor.try_it(HOME), 429, "rate_limited")
    assert (await visitor.try_it(AWAY)).status_code == 200


async def test_a_failure_makes_no_address_known(app: FastAPI, visitor: Visitor) -> None:
    assert await visitor.statuses(HOME, "wrong", 2) == [401] * 2
    assert await count_known(app) == 0


async def test_an_address_is_known_to_one_account_only(
    app: FastAPI, connect: Connect, visitor: Visitor
) -> None:
    await register(connect(app), "bert@example.com")
    assert (await visitor.try_it(HOME, email="bert@example.com")).status_code == 200
    assert await visitor.statuses(AWAY, "wrong", 3) == [401] * 3
    problem_of(await visitor.try_it(HOME), 429, "rate_limited")


async def test_what_is_stored_leads_to_no_address(
    app: FastAPI, connect: Connect, visitor: Visitor
) -> None:
    await register(connect(app), "bert@example.com")
    await visitor.try_it(HOME)
    await visitor.try_it(HOME, email="bert@example.com")
    async with app.state.resources.database.read() as session:
        stored = (await session.scalars(select(KnownClientIp.ip_hash))).all()
    assert len(set(stored)) == 2
    assert all(len(value) == 64 for value in stored)


async def test_addresses_are_few_and_are_forgotten(
    app: FastAPI, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_client_ips, "MAX_KNOWN", 2)
    for number in (1, 2, 1, 3):
        assert (await visitor.try_it(f"192.0.2.{number}")).status_code == 200
    assert await count_known(app) == 2
    assert await visitor.statuses(AWAY, "wrong", 3) == [401] * 3
    assert [(await visitor.try_it(f"192.0.2.{n}")).status_code for n in (1, 3)] == [200, 200]
    problem_of(await visitor.try_it("192.0.2.2"), 429, "rate_limited")
    later = utc_now() + known_client_ips.RETENTION + timedelta(minutes=1)
    monkeypatch.setattr(known_client_ips, "utc_now", lambda: later)
    problem_of(await visitor.try_it("192.0.2.1"), 429, "rate_limited")


async def test_who_deletes_their_account_leaves_no_address(app: FastAPI, visitor: Visitor) -> None:
    tokens = (await visitor.try_it(HOME)).json()
    client = visitor.connect(app, headers={"Authorization": f"Bearer {tokens['access_token']}"})
    data = {"current_password": PASSWORD}
    response = await client.request("DELETE", "/api/v1/users/me", json=data)
    assert response.status_code == 204, response.text
    assert await count_known(app) == 0
