"""Databases for tests: SQLite files, or our own on the server of ``TEST_DATABASE_URL``.

What the person who runs the tests keeps on that server is never touched: each database is made
under a random name and dropped at the end, so several suites can share a server.
"""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import nullcontext
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy import text
from sqlalchemy.engine import make_url

import app.models  # noqa: F401  (so that every table is known)
from app.db.base import Base
from app.kit.config.database_url import with_async_driver
from app.kit.db.database import Database
from app.kit.db.engine import make_engine
from tests.support.settings import make_settings
from tests.support.settings import sqlite_url

# Nothing of this application may depend on the character set that a server happens to have.
OPTIONS = {"mysql": "CHARACTER SET latin1", "mariadb": "CHARACTER SET latin1"}


def server() -> str | None:
    """The server that ``TEST_DATABASE_URL`` names; none means SQLite."""
    url = os.environ.get("TEST_DATABASE_URL", "")
    return None if not url or url.startswith("sqlite") else with_async_driver(url)


@contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """The URL of a database without any table: a file in this folder, or one on the server."""
    url = server()
    file = nullcontext(sqlite_url(folder / "empty.db"))
    with file if url is None else scratch_database(url) as empty:
        yield empty


@contextmanager
def scratch_database(server_url: str) -> Iterator[str]:
    """The URL of an empty database of our own, which is dropped at the end."""
    url = make_url(server_url)
    name = f"test_{secrets.token_hex(8)}"
    options = OPTIONS.get(url.get_backend_name(), "")
    drop = "DROP DATABASE {} WITH (FORCE)" if "postgresql" in server_url else "DROP DATABASE {}"
    asyncio.run(_execute(server_url, f"CREATE DATABASE {name} {options}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        asyncio.run(_execute(server_url, drop.format(name)))


def migrate(url: str) -> None:
    """Make the tables."""
    asyncio.run(_migrate(url))


async def delete_rows(url: str) -> None:
    """Empty every table, and keep the revision of the migrations."""
    database = Database(make_settings(database_url=url))
    try:
        async with database.write() as session:
            for table in reversed(Base.metadata.sorted_tables):
                await session.execute(delete(table))
    finally:
        await database.close()


async def _execute(url: str, statement: str) -> None:
    engine = make_engine(make_settings(database_url=url))
    alone = engine.execution_options(isolation_level="AUTOCOMMIT")
    try:
        async with alone.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


async def _migrate(url: str) -> None:
    database = Database(make_settings(database_url=url))
    try:
        await database.migrate()
    finally:
        await database.close()
