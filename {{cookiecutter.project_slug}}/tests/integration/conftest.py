"""Fixtures of the tests over HTTP: running applications and clients of theirs."""

from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport
from httpx2 import AsyncClient

from app.main import create_app
from tests.support.accounts import log_in_somebody  # %if jwt
from tests.support.databases import empty_database
from tests.support.processes import Server
from tests.support.processes import serving
from tests.support.settings import make_settings

StartApp = Callable[..., Awaitable[FastAPI]]
Connect = Callable[..., AsyncClient]


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


def new_client(app: FastAPI, **options: Any) -> AsyncClient:
    """A client that calls this application directly, without a network."""
    return AsyncClient(**{"transport": ASGITransport(app), "base_url": "http://test", **options})


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
