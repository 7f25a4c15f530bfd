"""Databases for one run: made, filled over our own API, and dropped."""

import asyncio
import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import asyncpg

from client import ask
from client import request
from servers import APP
from servers import OURS
from servers import Settings
from servers import environment
from servers import folder_of
from servers import serving

POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
ITEMS = 50


class Account(NamedTuple):
    """A person in the database, with ``ITEMS`` items."""

    email: str
    password: str
    token: str

    def login(self) -> str:
        """The request by which they log in."""
        form = {"username": self.email, "password": self.password}
        return request("POST", "/api/v1/auth/token", form=form)


@contextmanager
def scratch(kind: str, name: str = OURS) -> Iterator[str]:
    """The URL of a database with the tables of a server: a file for SQLite, else on PostgreSQL."""
    database = f"benchmark_{secrets.token_hex(4)}"
    if kind == "sqlite":
        with TemporaryDirectory() as folder:
            yield _migrated(f"sqlite:///{(Path(folder) / database).as_posix()}.db", name)
        return
    asyncio.run(_execute(f"CREATE DATABASE {database}"))
    try:
        yield _migrated(f"{POSTGRESQL.rpartition('/')[0]}/{database}", name)
    finally:
        asyncio.run(_execute(f"DROP DATABASE {database} WITH (FORCE)"))


def _migrated(url: str, name: str) -> str:
    folder = folder_of(name)
    subprocess.run(
        [*APP, "migrate"], cwd=folder, env=environment(url), check=True, capture_output=True
    )
    return url


async def _execute(statement: str) -> None:
    connection = await asyncpg.connect(POSTGRESQL)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def fill(url: str, settings: Settings | None = None) -> Account:
    """Register somebody, log them in and store their items."""
    email, password = "ada@example.com", secrets.token_urlsafe(16)
    with serving(OURS, url, settings) as server:
        body = json.dumps({"email": email, "password": password, "full_name": "Ada Lovelace"})
        ask(server.port, request("POST", "/api/v1/auth/register", body=body))
        account = Account(email, password, "")
        token = ask(server.port, account.login())["access_token"]
        for number in range(ITEMS):
            item = json.dumps({"title": f"Item {number}", "description": "Some words. " * 5})
            ask(server.port, request("POST", "/api/v1/items", token=token, body=item))
    return account._replace(token=token)
