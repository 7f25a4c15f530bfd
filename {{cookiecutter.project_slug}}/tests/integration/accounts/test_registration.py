"""Who may register: everybody, people with an invitation, nobody, and how many from one address."""

import asyncio
from datetime import timedelta

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from httpx2 import ASGITransport
from httpx2 import AsyncClient
from sqlalchemy import select

from app.cli import main
from app.core.permissions import Role
from app.main import create_app
from app.models.user import Invitation
from app.services import accounts
from app.services.account_runtime import AccountRuntime
from app.utils.clock import utc_now
from tests.support.accounts import join
from tests.support.accounts import register
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.apps import new_client
from tests.support.problems import problem_of
from tests.support.settings import make_settings

ANNA, BERT = "anna@example.com", "bert@example.com"


async def invite(app: FastAPI, email: str | None = None, days: int = 7) -> str:
    """Return the code of a new invitation."""
    runtime: AccountRuntime = app.state.accounts
    registration = runtime.registration_service(runtime.account_service())
    return await registration.invite(email, timedelta(days=days))


@pytest.fixture
async def app(start_app: StartApp) -> FastAPI:
    """An application that asks for invitations."""
    return await start_app(registration="invitation")


@pytest.fixture
def client(app: FastAPI, connect: Connect) -> AsyncClient:
    """Somebody who wants to register there."""
    return connect(app)


async def test_nobody_registers_where_it_is_closed(start_app: StartApp, connect: Connect) -> None:
    app = await start_app(registration="closed")
    code = await invite(app)
    response = await register(connect(app), ANNA, invitation=code)
    problem_of(response, 403, "registration_closed")
    await join(app, connect(app), "admin@example.com", Role.ADMIN)  # as create-admin does


async def test_an_open_server_asks_for_no_invitation(start_app: StartApp, connect: Connect) -> None:
    client = connect(await start_app())
    assert (await register(client, ANNA)).status_code == 201


@pytest.mark.parametrize("fields", [{}, {"invitation": ""}])
async def test_an_invitation_is_asked_for(client: AsyncClient, fields: dict[str, str]) -> None:
    problem_of(await register(client, ANNA, **fields), 403, "invitation_required")


async def test_an_invitation_lets_one_person_in(app: FastAPI, client: AsyncClient) -> None:
    code = await invite(app)
    assert (await register(client, ANNA, invitation=f" {code}\n")).status_code == 201
    problem_of(await register(client, BERT, invitation=code), 403, "invalid_invitation")


async def test_a_wrong_one_lets_nobody_in(app: FastAPI, client: AsyncClient) -> None:
    await invite(app)
    problem_of(await register(client, ANNA, invitation="wrong"), 403, "invalid_invitation")


async def test_it_may_be_for_one_address(app: FastAPI, client: AsyncClient) -> None:
    code = await invite(app, ANNA)
    problem_of(await register(client, BERT, invitation=code), 403, "invalid_invitation")
    assert (await register(client, ANNA.upper(), invitation=code)).status_code == 201


async def test_it_expires(
    app: FastAPI, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await invite(app, days=3)
    later = utc_now() + timedelta(days=3)
    monkeypatch.setattr(accounts, "utc_now", lambda: later)
    problem_of(await register(client, ANNA, invitation=code), 403, "invalid_invitation")


async def test_of_many_at_once_one_gets_it(app: FastAPI, client: AsyncClient) -> None:
    code = await invite(app)
    people = [register(client, f"{n}@example.com", invitation=code) for n in range(5)]
    statuses = [response.status_code for response in await asyncio.gather(*people)]
    assert sorted(statuses) == [201, 403, 403, 403, 403]


async def test_a_registration_that_fails_leaves_it(
    app: FastAPI, client: AsyncClient, connect: Connect
) -> None:
    await join(app, connect(app), ANNA)
    code = await invite(app)
    problem_of(await register(client, ANNA, invitation=code), 409, "email_taken")
    weak = await register(client, BERT, invitation=code, password="password1")
    assert weak.json()["errors"][0]["code"] == "password_too_common"
    assert (await register(client, BERT, invitation=code)).status_code == 201


async def test_nobody_learns_of_accounts_without_an_invitation(
    app: FastAPI, client: AsyncClient, connect: Connect
) -> None:
    await join(app, connect(app), ANNA)
    problem_of(await register(client, ANNA, invitation="wrong"), 403, "invalid_invitation")


async def test_only_a_hash_is_stored_and_old_ones_go(app: FastAPI) -> None:
    code = await invite(app, days=-1)
    code = await invite(app)
    async with app.state.resources.database.read() as session:
        stored = (await session.scalars(select(Invitation))).all()
    assert len(stored) == 1
    assert code not in vars(stored[0]).values()


def test_the_command_prints_a_code(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    wrong = CliRunner().invoke(main, ["invite", "nobody"])
    assert wrong.exit_code == 1
    assert "email: " in wrong.output
    useless = CliRunner().invoke(main, ["invite"])
    assert "REGISTRATION is not set to invitation" in useless.stderr
    monkeypatch.setenv("REGISTRATION", "invitation")
    result = CliRunner().invoke(main, ["invite", ANNA, "--days", "1"])
    assert (result.exit_code, result.stderr) == (0, "")
    code = result.stdout.strip()
    assert len(code) == 22

    async def register_with_it() -> list[int]:
        app = create_app(make_settings(database_url=database_url, registration="invitation"))
        async with app.router.lifespan_context(app), new_client(app) as client:
            people = (BERT, ANNA)
            return [(await register(client, p, invitation=code)).status_code for p in people]

    assert asyncio.run(register_with_it()) == [403, 201]


async def test_so_many_register_from_one_address_in_a_day(
    start_app: StartApp, connect: Connect
) -> None:
    limits = {"rate_limit_registration": "2/day", "rate_limit_address": "1000/minute"}
    app = await start_app(rate_limit_enabled=True, **limits)
    client = connect(app)
    assert (await register(client, ANNA)).status_code == 201
    for _ in range(3):  # what fails does not count
        problem_of(await register(client, ANNA), 409, "email_taken")
    assert (await register(client, BERT)).status_code == 201
    refused = await register(client, "cleo@example.com")
    problem_of(refused, 429, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 3600
    elsewhere = connect(app)
    elsewhere._transport = ASGITransport(app, client=("192.0.2.7", 1))
    assert (await register(elsewhere, "cleo@example.com")).status_code == 201
