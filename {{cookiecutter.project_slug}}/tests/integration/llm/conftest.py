"""Fixtures: a fake server of language models, and an application that asks it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.integration.conftest import Connect
from tests.integration.conftest import StartApp
from tests.support.accounts import log_in_somebody  # %if jwt
from tests.support.fake_llm import KEY
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import fake_llm
from tests.support.live import listening


@pytest.fixture
async def fake() -> AsyncIterator[FakeLlm]:
    """A server that speaks like OpenAI's."""
    async with fake_llm() as fake:
        yield fake


class Asking:
    """Starts applications that ask the fake server, each with somebody who may ask it."""

    def __init__(
        self, fake: FakeLlm, start_app: StartApp, connect: Connect, stack: AsyncExitStack
    ) -> None:
        self._fake = fake
        self._start = start_app
        self._connect = connect
        self._stack = stack
        self.started: list[FastAPI] = []

    async def app(self, **settings: Any) -> FastAPI:
        """A running application."""
        server = {"llm_base_url": self._fake.url, "llm_api_key": KEY, "llm_model": "small"}
        self.started.append(await self._start(**{**server, "llm_retries": 0, **settings}))
        return self.started[-1]

    async def client(self, **settings: Any) -> AsyncClient:
        """A client that calls an application without a network."""
        return await self._known(self._connect(await self.app(**settings)))

    async def live_client(self, **settings: Any) -> AsyncClient:
        """A client that calls an application over a socket."""
        app = await self.app(**settings)
        server = await self._stack.enter_async_context(listening(app))
        client = AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=20)
        self._stack.push_async_callback(client.aclose)
        return await self._known(client)

    async def _known(self, client: AsyncClient) -> AsyncClient:
        await log_in_somebody(client)  # %if jwt
        return client


@pytest.fixture
async def asking(fake: FakeLlm, start_app: StartApp, connect: Connect) -> AsyncIterator[Asking]:
    """Starts applications that ask the fake server."""
    async with AsyncExitStack() as stack:
        yield Asking(fake, start_app, connect, stack)
