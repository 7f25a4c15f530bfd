"""Serving a generated backend for a test: a database of its own, a free port, a clean end."""

import asyncio
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

import support

DRIVERS = {"postgresql": "postgresql+asyncpg", "mysql": "mysql+aiomysql"}
READY_SECONDS = 60
STOP_SECONDS = 20


@contextmanager
def scratch_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database: a file for SQLite, else one on the server, dropped after."""
    name = f"scratch_{secrets.token_hex(6)}"
    if kind == "sqlite":
        yield f"sqlite:///{(folder / name).as_posix()}.db"
        return
    server = make_url(support.server_url(kind))
    asyncio.run(execute(server, f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        force = " WITH (FORCE)" if kind == "postgresql" else ""  # what has just ended may linger
        asyncio.run(execute(server, f"DROP DATABASE {name}{force}"))


async def execute(server: URL, statement: str) -> None:
    """Run one statement outside any transaction."""
    url = server.set(drivername=DRIVERS[server.get_backend_name()])
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


@contextmanager
def serving(command: list[str], project: Path, logs: Path, **settings: str) -> Iterator[str]:
    """Run a server until the block ends; yield its address once it is ready."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = logs / f"server-{port}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=project,
            env=support.environment(**settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        assert ready(server, f"{address}/health/ready"), log.read_text(encoding="utf-8")
        yield address
    finally:
        server.terminate()
        server.wait(STOP_SECONDS)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ready(server: subprocess.Popen[bytes], url: str) -> bool:
    """Ask until the server answers 200, it ends, or the time is up."""
    deadline = time.monotonic() + READY_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if httpx2.get(url, timeout=5).status_code == httpx2.codes.OK:
                return True
        except httpx2.TransportError:
            time.sleep(0.1)
    return False
