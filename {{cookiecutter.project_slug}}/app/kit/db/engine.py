"""Creates and configures the SQLAlchemy engine for a database URL."""

import sqlite3
import time
from asyncio import wait_for
from typing import Any
from weakref import WeakSet

from sqlalchemy import URL
from sqlalchemy import Connection
from sqlalchemy import Engine
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import PoolProxiedConnection

from app.kit.config.database import DatabaseSettings
from app.kit.db.tls import split_tls

SQLITE_BEGIN = "sqlite_begin"
"""Execution option: the statement that begins a transaction on SQLite; empty for none."""

PGBOUNCER = "pgbouncer"
"""URL option of Prisma and Supabase: a pooler shares the server connections."""

UNNAMED_STATEMENTS = {
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,
    "statement_cache_size": 0,
}
"""Arguments of asyncpg: a prepared statement exists only on one server connection."""


def make_engine(settings: DatabaseSettings, *, echo: bool = False) -> AsyncEngine:
    """Return an engine for ``settings.database_url``, without connecting yet."""
    url, tls = split_tls(make_url(settings.database_url))
    backend = url.get_backend_name()
    options = {"sqlite": _sqlite, "postgresql": _postgresql}.get(backend, _mysql)(settings)
    options["connect_args"].update(tls)
    pooled = uses_transaction_pooling(url)
    if pooled:
        options["connect_args"].update(UNNAMED_STATEMENTS)
    engine = create_async_engine(
        url.difference_update_query([PGBOUNCER]),
        echo=echo,
        hide_parameters=True,  # errors are logged, and parameters may be personal data
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_max_overflow,
        pool_timeout=settings.database_pool_timeout_seconds,
        pool_recycle=settings.database_pool_recycle_seconds,
        **options,
    )
    if backend == "sqlite":
        _set_up_sqlite(engine.sync_engine, settings.database_busy_timeout_seconds)
    elif settings.database_ping_after_seconds is not None:
        _ping_idle_connections(
            engine.sync_engine,
            settings.database_ping_after_seconds,
            settings.database_connect_timeout_seconds,
        )
    if backend == "postgresql" and not pooled:
        _set_up_postgresql(engine.sync_engine, settings.database_statement_timeout_seconds)
    return engine


def check_sqlite_file(engine: AsyncEngine) -> None:
    """Open and close the SQLite file; do nothing for other databases.

    If aiosqlite fails to open the file, its thread may print a traceback later.

    Raises:
        sqlite3.Error: the file cannot be opened.
    """
    if engine.dialect.name == "sqlite":
        arguments, options = engine.dialect.create_connect_args(engine.url)
        connect: Any = sqlite3.connect
        connect(*arguments, **options).close()


def uses_transaction_pooling(url: URL) -> bool:
    """Return whether a pooler assigns server connections per transaction (``?pgbouncer=true``)."""
    return url.query.get(PGBOUNCER) == "true"


def _sqlite(settings: DatabaseSettings) -> dict[str, Any]:
    return {"connect_args": {"timeout": settings.database_busy_timeout_seconds}}


def _postgresql(settings: DatabaseSettings) -> dict[str, Any]:
    return {"connect_args": {"timeout": settings.database_connect_timeout_seconds}}


def _mysql(settings: DatabaseSettings) -> dict[str, Any]:
    seconds = round(settings.database_statement_timeout_seconds)
    waits = f"innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds}"
    # Executable comments: the first is for MariaDB, the second for MySQL since 5.7.8.
    statements = f"/*M!100101 , max_statement_time = {seconds} */"
    statements += f"/*!50708 , max_execution_time = {seconds * 1000} */"
    return {
        "isolation_level": "READ COMMITTED",
        "connect_args": {
            "charset": "utf8mb4",
            "connect_timeout": settings.database_connect_timeout_seconds,
            "init_command": f"SET time_zone = '+00:00', {waits} {statements}",
        },
    }


def _set_up_postgresql(engine: Engine, statement_timeout_seconds: float) -> None:
    """Configure each connection with SET: PgBouncer rejects most start-up parameters."""
    milliseconds = round(statement_timeout_seconds * 1000)
    statement = f"SET timezone = 'UTC'; SET statement_timeout = {milliseconds}"

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.run_async(lambda driver: driver.execute(statement))


def _set_up_sqlite(engine: Engine, busy_timeout_seconds: float) -> None:
    """Let SQLAlchemy begin transactions, so that writers can take the lock with BEGIN IMMEDIATE.

    With the BEGIN of the driver, two requests that read and then write overwrite each other.
    """
    begun: WeakSet[Any] = WeakSet()  # connections that may have a transaction to roll back

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in (
            f"busy_timeout = {round(busy_timeout_seconds * 1000)}",
            "journal_mode = WAL",
            "foreign_keys = ON",
            "synchronous = NORMAL",
        ):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get(SQLITE_BEGIN, "BEGIN")
        if statement:
            begun.add(connection.connection.driver_connection)
            connection.exec_driver_sql(statement)

    # SQLAlchemy rolls back twice on release; skip it when no transaction began.
    roll_back = engine.dialect.do_rollback

    def roll_back_if_begun(dbapi_connection: PoolProxiedConnection) -> None:
        if dbapi_connection.driver_connection in begun:
            roll_back(dbapi_connection)
            begun.discard(dbapi_connection.driver_connection)

    engine.dialect.do_rollback = roll_back_if_begun  # type: ignore[method-assign]


def _ping_idle_connections(engine: Engine, idle_seconds: float, timeout_seconds: float) -> None:
    """Ping a connection that has been idle for a while before it is used again.

    ``pool_pre_ping`` of SQLAlchemy pings at every checkout, which costs a round trip per request,
    and has no time-out if a gateway has dropped the connection. If the ping fails, all idle
    connections are replaced.
    """

    @event.listens_for(engine, "checkin")
    def checkin(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, record: Any, _proxy: Any) -> None:
        idle_since = record.info.get("idle_since")
        if idle_since is None or time.monotonic() - idle_since < idle_seconds:
            return
        try:
            connection.run_async(lambda driver: wait_for(ping(driver), timeout_seconds))
        except Exception as error:
            raise InvalidatePoolError("the connection was lost while idle") from error


async def ping(driver_connection: Any) -> None:
    """Ping the database server with the method of the driver."""
    if hasattr(driver_connection, "ping"):
        await driver_connection.ping(reconnect=False)
    else:
        await driver_connection.execute("SELECT 1")
