"""What has ended is deleted in batches, and what still counts is left."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import update

from app.db.base import Base
from app.jobs.ended_sessions import delete_ended
from app.jobs.ended_sessions import delete_ended_sessions
from app.kit.db import batches
from app.models.login_session import KnownClientIp
from app.models.login_session import LoginSession
from app.models.login_session import RefreshToken
from app.utils.clock import utc_now
from tests.support.accounts import Person
from tests.support.accounts import open_session
from tests.support.accounts import refresh

ME = "/api/v1/users/me"
OLD = timedelta(days=31)


async def count(app: FastAPI, model: type[Base]) -> int:
    """How many rows there are."""
    async with app.state.resources.database.read() as session:
        return int(await session.scalar(select(func.count()).select_from(model)))


async def change(app: FastAPI, statement: Any) -> None:
    """Change rows as no client can."""
    async with app.state.resources.database.write() as session:
        await session.execute(statement)


async def open_and_revoke_sessions(app: FastAPI, person: Person, number: int) -> None:
    """Log in several times, and revoke all sessions."""
    for _ in range(number):
        await open_session(person.client, person.email)
    await change(app, update(LoginSession).values(revoked_at=utc_now()))


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
async def test_a_session_that_has_ended_goes_with_its_tokens(
    app: FastAPI, anna: Person, bert: Person, column: str
) -> None:
    await refresh(anna.client, anna.tokens["refresh_token"])
    of_anna = LoginSession.user_id == UUID(anna.id)
    await change(app, update(LoginSession).where(of_anna).values({column: utc_now()}))
    assert await delete_ended(app.state.resources) == 3
    assert (await count(app, LoginSession), await count(app, RefreshToken)) == (1, 1)
    assert (await bert.client.get(ME)).status_code == 200
    assert await delete_ended(app.state.resources) == 0


async def test_old_tokens_go_once_their_successor_was_used(app: FastAPI, anna: Person) -> None:
    second = (await refresh(anna.client, anna.tokens["refresh_token"])).json()
    third = (await refresh(anna.client, second["refresh_token"])).json()
    await change(app, update(RefreshToken).values(created_at=utc_now() - OLD))
    assert await delete_ended(app.state.resources) == 1
    again = (await refresh(anna.client, second["refresh_token"])).json()  # the response was lost
    assert again["refresh_token"] == third["refresh_token"]
    assert (await refresh(anna.client, third["refresh_token"])).status_code == 200


async def test_addresses_whose_time_is_up_go(app: FastAPI, anna: Person) -> None:
    assert await count(app, KnownClientIp) == 1
    await change(app, update(KnownClientIp).values(expires_at=utc_now()))
    assert await delete_ended(app.state.resources) == 1


async def test_no_transaction_deletes_more_than_a_batch(
    app: FastAPI, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_SIZE", 2)
    await open_and_revoke_sessions(app, anna, 4)
    deleted: list[int] = []

    def note(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("DELETE"):
            deleted.append(cursor.rowcount)

    event.listen(app.state.resources.database.engine.sync_engine, "after_cursor_execute", note)
    assert await delete_ended(app.state.resources) == 10
    assert deleted == [2, 2, 1, 2, 2, 1]


async def test_several_at_once_delete_everything_once(
    app: FastAPI, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_SIZE", 2)
    await open_and_revoke_sessions(app, anna, 6)
    sweeps = (delete_ended(app.state.resources) for _ in range(4))
    await asyncio.gather(*sweeps)
    await delete_ended(app.state.resources)  # what one had locked, the others skipped
    assert (await count(app, LoginSession), await count(app, RefreshToken)) == (0, 0)


async def test_a_job_deletes_them_every_day(app: FastAPI, anna: Person) -> None:
    await change(app, update(LoginSession).values(revoked_at=utc_now()))
    assert delete_ended_sessions.cron == "10 3 * * *"
    async with app.state.resources.database.write() as session:
        await delete_ended_sessions.enqueue(session)
    await app.state.jobs.run_due_jobs()
    assert await count(app, LoginSession) == 0


async def test_a_login_deletes_nothing(app: FastAPI, anna: Person) -> None:
    await change(app, update(LoginSession).values(expires_at=utc_now()))
    await open_session(anna.client, anna.email)
    assert await count(app, LoginSession) == 2
