"""The PostgreSQL, MariaDB and Redis servers that tests use, and scratch databases on them."""

import asyncio
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

SERVERS = {
    "postgresql": ("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "mysql": ("TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/mysql"),
    "redis": ("TEST_REDIS_URL", "redis://127.0.0.1:6379/0"),
}
"""Kind of server -> the environment variable with its URL, and the default URL."""

DRIVERS = {"postgresql": "postgresql+asyncpg", "mysql": "mysql+aiomysql"}


def require_server(kind: str) -> str:
    """Return the URL of a server; without one, skip the test or, with REQUIRE_SERVERS=1, fail."""
    url, default = configured_url(kind), SERVERS[kind][1]
    host, port = urlsplit(url).hostname, urlsplit(url).port or urlsplit(default).port
    try:
        socket.create_connection((str(host), int(str(port))), timeout=3).close()
    except OSError as error:
        reason = f"no {kind} at {host}:{port} ({SERVERS[kind][0]}): {error}"
        (pytest.fail if servers_required() else pytest.skip)(reason)
    return url


def configured_url(kind: str) -> str:
    """Return the configured URL of a server, whether or not it runs."""
    return os.environ.get(*SERVERS[kind])


def servers_required() -> bool:
    """Return whether a test without its server fails instead of being skipped."""
    return os.environ.get("REQUIRE_SERVERS") == "1"


@contextmanager
def scratch_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database: a file for SQLite, else one on the server."""
    name = f"scratch_{secrets.token_hex(6)}"
    if kind == "sqlite":
        yield f"sqlite:///{(folder / name).as_posix()}.db"
        return
    server = make_url(require_server(kind))
    asyncio.run(execute_statement(server, f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        force = " WITH (FORCE)" if kind == "postgresql" else ""  # a closed connection may linger
        asyncio.run(execute_statement(server, f"DROP DATABASE {name}{force}"))


async def execute_statement(server: URL, statement: str) -> None:
    """Run one statement outside a transaction."""
    url = server.set(drivername=DRIVERS[server.get_backend_name()])
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()
