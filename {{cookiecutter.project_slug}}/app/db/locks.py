"""The lock that lets one process migrate while others wait."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.exceptions import StartupError
from app.db.engine import SQLITE_BEGIN

LOCK_NUMBER = 0x6D696772617465
LOCK_NAME = "CONCAT(DATABASE(), '.migrate')"
LOCK_SECONDS = 300


def migration_lock(engine: AsyncEngine) -> AbstractAsyncContextManager[AsyncConnection]:
    """A connection in a transaction that no other process can have at the same time.

    Raises:
        StartupError: another process does not finish, or rows are left that refer to nothing.
    """
    lock = {"sqlite": _sqlite_lock, "postgresql": _postgresql_lock}
    return lock.get(engine.dialect.name, _mysql_lock)(engine)


@asynccontextmanager
async def _sqlite_lock(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    # SQLite changes a table by making it anew and dropping the old one. With foreign keys on, that
    # would delete every row that refers to it; and the switch works outside of transactions only.
    async with engine.execution_options(**{SQLITE_BEGIN: ""}).connect() as connection:
        await connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
            await _check_foreign_keys(connection)
            await connection.commit()
        finally:
            await connection.invalidate()  # the next one has foreign keys on again


async def _check_foreign_keys(connection: AsyncConnection) -> None:
    lost = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
    if lost:
        tables = ", ".join(sorted({row[0] for row in lost}))
        raise StartupError(f"Nothing was migrated: rows of {tables} would refer to nothing.")


@asynccontextmanager
async def _postgresql_lock(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK_NUMBER})"))
        yield connection


@asynccontextmanager
async def _mysql_lock(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    # The lock belongs to the connection: in MySQL every change of a table ends the transaction.
    async with engine.connect() as connection:
        if await connection.scalar(text(f"SELECT GET_LOCK({LOCK_NAME}, {LOCK_SECONDS})")) != 1:
            raise StartupError("Another process has been migrating this database for too long.")
        try:
            yield connection
            await connection.commit()
        finally:
            await connection.rollback()
            await connection.execute(text(f"SELECT RELEASE_LOCK({LOCK_NAME})"))
