"""Migrating SQLite: foreign keys are off meanwhile, checked at the end, and on again."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db.engine import make_engine
from app.kit.db.locks import migration_lock
from app.kit.exceptions import StartupError
from tests.support.settings import make_settings
from tests.support.settings import sqlite_url

TABLES = (
    "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
    "CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE)",
    "INSERT INTO parent VALUES (1)",
    "INSERT INTO child VALUES (1)",
)


async def run(engine: AsyncEngine, *statements: str) -> None:
    """Run statements as a migration does."""
    async with migration_lock(engine) as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def ask(engine: AsyncEngine, question: str) -> int:
    """The one number that answers a question."""
    async with engine.connect() as connection:
        return int((await connection.exec_driver_sql(question)).scalar_one())


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncEngine:
    """A database with a child and its parent."""
    engine = make_engine(make_settings(database_url=sqlite_url(tmp_path / "lock.db")))
    await run(engine, *TABLES)
    return engine


async def test_a_table_can_be_made_anew(engine: AsyncEngine) -> None:
    again = ("DROP TABLE parent", TABLES[0], TABLES[2])
    await run(engine, *again)
    assert await ask(engine, "SELECT count(*) FROM child") == 1
    assert await ask(engine, "PRAGMA foreign_keys") == 1
    await engine.dispose()


async def test_rows_that_refer_to_nothing_stop_the_migration(engine: AsyncEngine) -> None:
    with pytest.raises(StartupError, match="rows of child would violate a foreign key"):
        await run(engine, "DELETE FROM parent")
    assert await ask(engine, "SELECT count(*) FROM parent") == 1
    assert await ask(engine, "PRAGMA foreign_keys") == 1
    await engine.dispose()
