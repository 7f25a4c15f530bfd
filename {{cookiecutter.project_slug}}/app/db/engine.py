"""Makes the engine that a URL asks for, and sets up what each kind of database needs."""

import time
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection
from sqlalchemy import Engine
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import PoolProxiedConnection

from app.core.config.database import DatabaseSettings
from app.db.tls import split_tls

SQLITE_BEGIN = "sqlite_begin"
"""Execution option: the statement that begins a transaction on SQLite; empty for none."""


def make_engine(settings: DatabaseSettings, *, echo: bool = False) -> AsyncEngine:
    """An engine for ``settings.database_url``. Connects to nothing yet."""
    url, tls = split_tls(make_url(settings.database_url))
    backend = url.get_backend_name()
    options = {"sqlite": _sqlite, "postgresql": _postgresql}.get(backend, _mysql)(settings)
    options["connect_args"].update(tls)
    engine = create_async_engine(
        url,
        echo=echo,
        hide_parameters=True,  # errors are logged, and parameters may be personal
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_max_overflow,
        pool_timeout=settings.database_pool_timeout_seconds,
        pool_recycle=settings.database_pool_recycle_seconds,
        **options,
    )
    if backend == "sqlite":
        _set_up_sqlite(engine.sync_engine, settings.database_busy_timeout_seconds)
    elif settings.database_ping_after_seconds is not None:
        _ping_idle_connections(engine.sync_engine, settings.database_ping_after_seconds)
    return engine


def _sqlite(settings: DatabaseSettings) -> dict[str, Any]:
    return {"connect_args": {"timeout": settings.database_busy_timeout_seconds}}


def _postgresql(settings: DatabaseSettings) -> dict[str, Any]:
    longest = f"{round(settings.database_statement_timeout_seconds * 1000)}ms"
    server = {"timezone": "UTC", "statement_timeout": longest}
    timeout = settings.database_connect_timeout_seconds
    return {"connect_args": {"timeout": timeout, "server_settings": server}}


def _mysql(settings: DatabaseSettings) -> dict[str, Any]:
    longest = round(settings.database_statement_timeout_seconds)
    waits = f"innodb_lock_wait_timeout = {longest}, lock_wait_timeout = {longest}"
    return {
        "isolation_level": "READ COMMITTED",
        "connect_args": {
            "charset": "utf8mb4",
            "connect_timeout": settings.database_connect_timeout_seconds,
            "init_command": f"SET time_zone = '+00:00', {waits}",
        },
    }


def _set_up_sqlite(engine: Engine, busy_timeout_seconds: float) -> None:
    """Let SQLAlchemy, not the driver, begin transactions: only so can a writer lock at its start.

    With the driver's own BEGIN, two requests that read and then write overwrite each other.
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

    # SQLAlchemy ends every use of a connection with two of these, each a call to another thread.
    roll_back = engine.dialect.do_rollback

    def roll_back_if_begun(dbapi_connection: PoolProxiedConnection) -> None:
        if dbapi_connection.driver_connection in begun:
            roll_back(dbapi_connection)
            begun.discard(dbapi_connection.driver_connection)

    engine.dialect.do_rollback = roll_back_if_begun  # type: ignore[method-assign]


def _ping_idle_connections(engine: Engine, idle_seconds: float) -> None:
    """Test a connection that has been idle for a while before it is used again.

    SQLAlchemy's own ``pool_pre_ping`` tests at every use, which costs each request round trips.
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
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise DisconnectionError("the connection was lost while idle") from error
