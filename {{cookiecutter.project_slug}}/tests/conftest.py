"""Fixtures of all tests: isolation from the developer's machine, databases, and applications."""

import logging
import shutil
from collections.abc import AsyncIterator
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.core.config import Settings
from app.main import create_app
from tests.support import databases
from tests.support.accounts import log_in_somebody
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.apps import new_client
from tests.support.databases import empty_database
from tests.support.processes import Server
from tests.support.processes import serving
from tests.support.settings import isolate
from tests.support.settings import make_settings
from tests.support.settings import sqlite_url


# %if database_server
def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the tests of a silent database server where there is no server."""
    return True if collection_path.stem == "test_silent_server" and not databases.server() else None


# %endif
@pytest.fixture(scope="session", autouse=True)
def isolation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the developer's settings out of the tests, and the tests out of their data."""
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, tmp_path_factory.mktemp("isolated"))
        yield


@pytest.fixture(autouse=True)
def same_log() -> Iterator[None]:
    """Every application sets up the log of its process; afterwards it is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def migrated(isolation: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str | Path]:
    """Tables to start from: a SQLite file to copy, or the URL of a database on the server."""
    server = databases.server()
    if server is None:
        path = tmp_path_factory.mktemp("database") / "migrated.db"
        databases.migrate(sqlite_url(path))
        yield path
        return
    with databases.scratch_database(server) as url:
        databases.migrate(url)
        yield url


@pytest.fixture
async def database_url(migrated: str | Path, tmp_path: Path) -> str:
    """A database with every table and no row."""
    if isinstance(migrated, Path):
        copy = tmp_path / "test.db"
        shutil.copy(migrated, copy)
        return sqlite_url(copy)
    await databases.delete_rows(migrated)
    return migrated


@pytest.fixture
def empty_database_url(tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    with databases.empty_database(tmp_path) as url:
        yield url


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``.env`` of the test's own."""
    path = tmp_path / ".env"
    monkeypatch.setitem(Settings.model_config, "env_file", path)
    return path


@pytest.fixture(scope="session")
def servers(isolation: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Four processes that serve one database, started at once when it was empty."""
    folder = tmp_path_factory.mktemp("servers")
    with empty_database(folder) as url, serving(4, DATABASE_URL=url) as servers:
        yield servers


@pytest.fixture
async def start_app(database_url: str) -> AsyncIterator[StartApp]:
    """Starts applications with settings of their own, and stops them after the test."""
    async with AsyncExitStack() as stack:

        async def start(**values: Any) -> FastAPI:
            app = create_app(make_settings(**{"database_url": database_url, **values}))
            await stack.enter_async_context(app.router.lifespan_context(app))
            return app

        yield start


@pytest.fixture(scope="session")
def document(isolation: None) -> dict[str, Any]:
    """The OpenAPI document; making it takes longer than most tests, which only read it."""
    return create_app(make_settings()).openapi()


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Makes clients of an application, and closes them after the test."""
    async with AsyncExitStack() as stack:

        def make(app: FastAPI, **options: Any) -> AsyncClient:
            client = new_client(app, **options)
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
async def app(start_app: StartApp) -> FastAPI:
    """A running application."""
    return await start_app()


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client that says nothing about who it is."""
    async with new_client(app) as client:
        yield client


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client that may use items, whatever that takes."""
    async with new_client(app) as client:
        await log_in_somebody(client)  # %if jwt
        yield client
