"""Fixtures: a fake model server, and applications that use it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport
from httpx2 import AsyncClient

from tests.support.accounts import log_in_somebody
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.fake_llm import KEY
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import fake_llm
from tests.support.live import Server
from tests.support.live import listening
from tests.support.waiting import MAX_WAIT_SECONDS


@pytest.fixture
async def fake() -> AsyncIterator[FakeLlm]:
    """Start a fake OpenAI-compatible server."""
    async with fake_llm() as fake:
        yield fake


class LlmApps:
    """Starts applications that use the fake server, and clients that may call them."""

    def __init__(
        self, fake: FakeLlm, start_app: StartApp, connect: Connect, stack: AsyncExitStack
    ) -> None:
        self._fake = fake
        self._start = start_app
        self._connect = connect
        self._stack = stack
        self.started: list[FastAPI] = []
        self.servers: list[Server] = []

    async def app(self, **settings: Any) -> FastAPI:
        """Start an application."""
        server = {"llm_base_url": self._fake.url, "llm_api_key": KEY, "llm_model": "small"}
        self.started.append(await self._start(**{**server, "llm_max_retries": 0, **settings}))
        return self.started[-1]

    async def client(self, **settings: Any) -> AsyncClient:
        """Start an application, and return a client that calls it without a network."""
        return await self._log_in(self._connect(await self.app(**settings)))

    async def another_client(self, number: int) -> AsyncClient:
        """Return a client of another user, with another IP address, for the last application."""
        transport = ASGITransport(self.started[-1], client=(f"192.0.2.{number}", 1234))
        client = self._connect(self.started[-1], transport=transport)
        return await self._log_in(client, f"somebody-{number}")

    async def live_client(self, **settings: Any) -> AsyncClient:
        """Start an application, and return a client that calls it over a socket."""
        app = await self.app(**settings)
        server = await self._stack.enter_async_context(listening(app))
        self.servers.append(server)
        client = AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=MAX_WAIT_SECONDS)
        self._stack.push_async_callback(client.aclose)
        return await self._log_in(client)

    async def wait_until_idle(self) -> None:
        """Wait until the last server has finished every request."""
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            while True:
                if not self.servers[-1].server_state.tasks:
                    return
                await asyncio.sleep(0.02)

    async def _log_in(self, client: AsyncClient, name: str = "somebody") -> AsyncClient:
        await log_in_somebody(client, name)  # %if jwt
        return client


@pytest.fixture
async def llm_apps(fake: FakeLlm, start_app: StartApp, connect: Connect) -> AsyncIterator[LlmApps]:
    """Return the means to start applications that use the fake server."""
    async with AsyncExitStack() as stack:
        yield LlmApps(fake, start_app, connect, stack)
