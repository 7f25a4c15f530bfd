"""The lock that allows only one process to migrate at a time.

A migration waits only briefly for table locks: later statements queue behind it, including those
of the version that is still serving requests.
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextlib import asynccontextmanager
from contextlib import suppress

from sqlalchemy import Connection
from sqlalchemy import event
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db.engine import SQLITE_BEGIN
from app.kit.exceptions import StartupError

LOCK_NUMBER = 0x6D696772617465
LOCK_NAME = "CONCAT(DATABASE(), '.migrate')"
NO_TIME_LIMIT = "/*M!100101 , max_statement_time = 0 */ /*!50708 , max_execution_time = 0 */"
MAX_WAIT_SECONDS = 300
POLL_SECONDS = 0.5
TABLE_LOCK_SECONDS = 5

logger = logging.getLogger(__name__)


def migration_lock(
    engine: AsyncEngine, table_lock_seconds: float = TABLE_LOCK_SECONDS
) -> AbstractAsyncContextManager[AsyncConnection]:
    """Yield a connection for migrations, while no other process can migrate.

    On SQLite it is in a transaction; on other engines each migration has its own transaction. The
    engine needs two connections.

    Raises:
        StartupError: another process does not finish, or foreign keys are violated.
    """
    lock = {"sqlite": _sqlite_lock, "postgresql": _postgresql_lock}
    return lock.get(engine.dialect.name, _mysql_lock)(engine, table_lock_seconds)


async def _wait_for(acquire: Callable[[], Awaitable[bool]]) -> None:
    """Poll for the lock: waiting inside PostgreSQL would block some migrations."""
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    logged = False
    while not await acquire():
        if time.monotonic() > deadline:
            raise StartupError("Timed out while another process was migrating this database.")
        if not logged:
            logger.warning("another process is migrating this database; waiting for it")
            logged = True
        await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def _sqlite_lock(engine: AsyncEngine, _seconds: float) -> AsyncIterator[AsyncConnection]:
    # Alembic alters a SQLite table by copying it and dropping the old one. With foreign keys on,
    # this would delete every row that refers to it. The PRAGMA works only outside transactions.
    async with engine.execution_options(**{SQLITE_BEGIN: ""}).connect() as connection:
        await connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        await connection.exec_driver_sql("PRAGMA busy_timeout = 1000")

        async def acquire() -> bool:
            try:
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as error:
                if "locked" not in str(error.orig):
                    raise
                return False
            return True

        try:
            await _wait_for(acquire)
            yield connection
            await _check_foreign_keys(connection)
            await connection.commit()
        finally:
            await connection.invalidate()  # the next connection has foreign keys on again


async def _check_foreign_keys(connection: AsyncConnection) -> None:
    lost = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
    if lost:
        tables = ", ".join(sorted({row[0] for row in lost}))
        raise StartupError(f"Nothing was migrated: rows of {tables} would violate a foreign key.")


@asynccontextmanager
async def _postgresql_lock(engine: AsyncEngine, seconds: float) -> AsyncIterator[AsyncConnection]:
    # A separate connection holds the lock in a transaction, which outlasts those of the migrations
    # and works behind PgBouncer.
    async with engine.connect() as holder, engine.connect() as connection:

        async def acquire() -> bool:
            lock = text(f"SELECT pg_try_advisory_xact_lock({LOCK_NUMBER})")
            if not await holder.scalar(lock):
                await holder.rollback()
                return False
            # This also ends the snapshot of the SELECT, which CREATE INDEX CONCURRENTLY waits for.
            await holder.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            return True

        def limit_waiting(begun: Connection) -> None:
            autocommit = begun.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
            scope = "SESSION" if autocommit else "LOCAL"
            begun.exec_driver_sql(f"SET {scope} statement_timeout = 0")
            if not autocommit:  # statements outside transactions do not block others
                begun.exec_driver_sql(f"SET LOCAL lock_timeout = {math.ceil(seconds * 1000)}")

        await _wait_for(acquire)
        event.listen(connection.sync_connection, "begin", limit_waiting)
        try:
            yield connection
            await connection.commit()
        finally:
            await connection.invalidate()  # the next connection has the time-outs again


@asynccontextmanager
async def _mysql_lock(engine: AsyncEngine, seconds: float) -> AsyncIterator[AsyncConnection]:
    # The lock belongs to the connection, because DDL commits the transaction in MySQL.
    limits = "lock_wait_timeout = {0}, innodb_lock_wait_timeout = {0}".format(math.ceil(seconds))
    async with engine.connect() as connection:

        async def acquire() -> bool:
            return bool(await connection.scalar(text(f"SELECT GET_LOCK({LOCK_NAME}, 0)")))

        await _wait_for(acquire)
        try:
            await connection.exec_driver_sql(f"SET {limits} {NO_TIME_LIMIT}")
            await connection.commit()
            yield connection
            await connection.commit()
        finally:
            with suppress(DBAPIError):  # a lost connection has released its lock
                await connection.rollback()
                await connection.execute(text(f"SELECT RELEASE_LOCK({LOCK_NAME})"))
            await connection.invalidate()  # the next connection has the limits again
