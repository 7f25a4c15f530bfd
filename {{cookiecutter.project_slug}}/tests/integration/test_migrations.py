"""Migrations: they make what the models say, can be undone, and know what they do not know."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import main as alembic
from sqlalchemy import Connection
from sqlalchemy import inspect
from sqlalchemy import text

from app.db.base import Base
from app.kit.db.database import Database
from app.kit.db.migrate import alembic_config
from app.kit.exceptions import StartupError
from app.kit.project_metadata import ROOT
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.settings import make_settings


async def run(url: str, work: Any) -> Any:
    """Do something with an open connection, and commit it."""
    database = Database(make_settings(database_url=url))
    try:
        async with database.engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await database.close()


async def migrate(url: str) -> bool:
    """Migrate as the application does when it starts."""
    database = Database(make_settings(database_url=url))
    try:
        return await database.migrate()
    finally:
        await database.close()


def tables(connection: Connection) -> set[str]:
    """The names of all tables."""
    return set(inspect(connection).get_table_names())


def check(connection: Connection) -> None:
    """Fail if a new revision would change anything."""
    command.check(alembic_config(connection))


def downgrade(connection: Connection) -> None:
    """Undo every revision."""
    command.downgrade(alembic_config(connection), "base")


async def test_an_empty_database_gets_every_table_once(empty_database_url: str) -> None:
    assert await migrate(empty_database_url)
    assert not await migrate(empty_database_url)
    assert await run(empty_database_url, tables) == {*Base.metadata.tables, "alembic_version"}


async def test_the_tables_are_what_the_models_say(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    await run(empty_database_url, check)


async def test_every_revision_can_be_undone_and_done_again(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    await run(empty_database_url, downgrade)
    assert await run(empty_database_url, tables) == {"alembic_version"}
    assert await migrate(empty_database_url)
    await run(empty_database_url, check)


async def test_of_several_at_once_exactly_one_migrates(empty_database_url: str) -> None:
    done = await asyncio.gather(*(migrate(empty_database_url) for _ in range(5)))
    assert sorted(done) == [False, False, False, False, True]


async def test_an_application_makes_its_tables_when_it_starts(
    start_app: StartApp, connect: Connect, empty_database_url: str
) -> None:
    app = await start_app(database_url=empty_database_url, database_auto_migrate=True)
    assert (await connect(app).get("/health/ready")).status_code == 200
    assert await run(empty_database_url, tables) == {*Base.metadata.tables, "alembic_version"}


async def test_an_application_that_may_not_leaves_the_database_alone(
    start_app: StartApp, empty_database_url: str
) -> None:
    await start_app(database_url=empty_database_url, database_auto_migrate=False)
    assert await run(empty_database_url, tables) == set()


async def test_a_database_ahead_of_the_code_stops_the_start(
    start_app: StartApp, empty_database_url: str
) -> None:
    await migrate(empty_database_url)
    ahead = text("UPDATE alembic_version SET version_num = 'tomorrow'")
    await run(empty_database_url, lambda connection: connection.execute(ahead))
    with pytest.raises(StartupError, match=r"revision tomorrow, which this version .* not know"):
        await start_app(database_url=empty_database_url, database_auto_migrate=True)


@pytest.mark.parametrize("arguments", [["check"], ["revision", "--autogenerate", "-m", "change"]])
def test_alembic_says_what_to_run_before_it_can_compare(
    empty_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    arguments: list[str],
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    with pytest.raises(SystemExit):  # the tables are not there yet
        alembic(arguments)
    said = caplog.messages[-1]
    assert said.endswith("Run this first: uv run app migrate")


def test_alembic_says_that_the_folder_of_the_database_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{(tmp_path / 'missing' / 'app.db').as_posix()}")
    with pytest.raises(SystemExit):
        alembic(["upgrade", "head"])
    said = caplog.messages[-1]
    assert "does not exist: create it, or change DATABASE_URL." in said


def test_alembic_itself_finds_nothing_to_do(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    alembic(["upgrade", "head"])
    alembic(["check"])
