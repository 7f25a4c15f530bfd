"""What is stored comes back alike from every database, and no unit of work loses another's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from app.kit.db import engine
from app.kit.db.database import Database
from tests.support.own_table import Row
from tests.support.own_table import create_own_table
from tests.support.settings import make_settings
from tests.support.settings import sqlite_url

TOKYO = timezone(timedelta(hours=9))


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """A database with a table of the tests' own."""
    database = Database(make_settings(database_url=empty_database_url))
    await create_own_table(database)
    yield database
    await database.close()


@pytest.fixture
async def row_id(database: Database) -> UUID:
    """The id of a row that is stored."""
    row = Row(title="Tea", count=0)
    async with database.write() as session:
        session.add(row)
    return row.id


async def read(database: Database, row_id: UUID) -> Row:
    """The row as a new session finds it."""
    async with database.read() as session:
        return await session.get_one(Row, row_id)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        datetime(2026, 1, 2, 3, 4, 5, 0, TOKYO),
        datetime(2026, 3, 29, 1, 30, 0, 1, UTC),
        datetime(1999, 12, 31, 23, 59, 59, 999999, UTC),
    ],
)
async def test_times_are_aware_utc_with_microseconds(
    database: Database, row_id: UUID, moment: datetime
) -> None:
    async with database.write() as session:
        (await session.get_one(Row, row_id)).created_at = moment
    found = (await read(database, row_id)).created_at
    assert found == moment
    assert found.tzinfo is UTC


async def test_a_time_without_its_zone_is_refused(database: Database, row_id: UUID) -> None:
    with pytest.raises(StatementError, match="without its zone"):
        async with database.write() as session:
            (await session.get_one(Row, row_id)).created_at = datetime(2026, 1, 2)  # noqa: DTZ001


async def test_ids_are_uuids(database: Database, row_id: UUID) -> None:
    async with database.read() as session:
        assert (await session.scalars(select(Row.id))).one() == row_id


async def test_an_error_undoes_all_of_its_unit_of_work(database: Database, row_id: UUID) -> None:
    async def fail() -> None:
        async with database.write() as session:
            (await session.get_one(Row, row_id)).title = "Coffee"
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await read(database, row_id)).title == "Tea"


async def test_what_a_reader_changes_is_not_kept(database: Database, row_id: UUID) -> None:
    async with database.read() as session:
        (await session.get_one(Row, row_id)).title = "Coffee"
    assert (await read(database, row_id)).title == "Tea"


async def test_of_many_who_read_and_then_write_none_is_lost(
    database: Database, row_id: UUID
) -> None:
    async def increase() -> None:
        async with database.write() as session:
            row = await session.get_one(Row, row_id, with_for_update=True)
            await asyncio.sleep(0)  # let the others in between, if the database does
            row.count += 1

    await asyncio.gather(*(increase() for _ in range(12)))
    assert (await read(database, row_id)).count == 12


async def test_two_pools_on_one_file_lose_nothing_either(tmp_path: Path) -> None:
    settings = make_settings(database_url=sqlite_url(tmp_path / "shared.db"))
    pools = [Database(settings) for _ in range(2)]
    async with pools[0].write() as session:
        await session.execute(text("CREATE TABLE counter (value INTEGER)"))
        await session.execute(text("INSERT INTO counter VALUES (0)"))

    async def increase(pool: Database) -> None:
        async with pool.write() as session:
            value = await session.scalar(text("SELECT value FROM counter"))
            await session.execute(text("UPDATE counter SET value = :new"), {"new": value + 1})

    await asyncio.gather(*(increase(pools[number % 2]) for number in range(10)))
    async with pools[1].read() as session:
        assert await session.scalar(text("SELECT value FROM counter")) == 10
    for pool in pools:
        await pool.close()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 1500), ("synchronous", 1)],
)
async def test_sqlite_is_set_up_for_several_users(
    tmp_path: Path, pragma: str, value: str | int
) -> None:
    url = sqlite_url(tmp_path / "new.db")
    database = Database(make_settings(database_url=url, database_busy_timeout_seconds=1.5))
    async with database.read() as session:
        assert await session.scalar(text(f"PRAGMA {pragma}")) == value
    await database.close()


async def test_on_sqlite_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    database = Database(make_settings(database_url=sqlite_url(tmp_path / "new.db")))
    async with database.write(), database.read() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await database.close()


async def test_a_connection_that_was_lost_while_idle_is_replaced(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(make_settings(database_url=database_url, database_ping_after_seconds=0))
    pings = []

    async def lost(_connection: object) -> None:
        pings.append("lost")
        raise ConnectionResetError

    async with database.read() as session:
        first = await session.scalar(text("SELECT 1"))
    with monkeypatch.context() as patch:
        patch.setattr(engine, "ping", lost)
        async with database.read() as session:
            assert await session.scalar(text("SELECT 1")) == first
    # A file loses no connections, so nobody asks.
    assert pings == ([] if database_url.startswith("sqlite") else ["lost"])
    async with database.read() as session:
        assert await session.scalar(text("SELECT 1")) == first
    await database.close()
