"""How many bytes of bodies are in memory at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from fastapi import Request
from httpx2 import ASGITransport
from httpx2 import AsyncClient

from app.kit.http.body_limits import SMALL_BODY_BYTES
from tests.support.apps import StartApp
from tests.support.problems import problem_of

LARGE = b"a" * (SMALL_BODY_BYTES + 1)
SMALL = b"a" * SMALL_BODY_BYTES
BUSY = 503, "server_busy"


async def length(request: Request) -> int:
    """Return how long a body is."""
    return len(await request.body())


@pytest.fixture
async def small_app(start_app: StartApp) -> FastAPI:
    """An application that holds five large bodies at once, and one of each client."""
    app = await start_app(max_concurrent_body_bytes=5 * len(LARGE))
    app.add_api_route("/length", length, methods=["POST"])
    return app


def client_at(app: FastAPI, number: int) -> AsyncClient:
    """Return a client with an address of its own."""
    transport = ASGITransport(app, client=(f"10.0.0.{number}", 50000))
    return AsyncClient(transport=transport, base_url="http://test")


@asynccontextmanager
async def under_way(client: AsyncClient) -> AsyncIterator[None]:
    """Inside, the server has read a large body and waits for its end."""
    begun, rest = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield LARGE
        begun.set()
        await rest.wait()

    task = asyncio.create_task(client.post("/length", content=body()))
    await begun.wait()
    yield
    rest.set()
    assert (await task).json() == len(LARGE)


async def test_one_client_has_a_share(small_app: FastAPI) -> None:
    one, two = client_at(small_app, 1), client_at(small_app, 2)
    async with one, two:
        async with under_way(one):
            response = await one.post("/length", content=LARGE)
            problem_of(response, *BUSY)
            assert response.headers["Retry-After"] == "1"
            assert (await one.post("/length", content=SMALL)).json() == len(SMALL)
            assert (await two.post("/length", content=LARGE)).json() == len(LARGE)
        assert (await one.post("/length", content=LARGE)).json() == len(LARGE)


async def test_all_clients_together_have_a_limit(small_app: FastAPI) -> None:
    last = client_at(small_app, 0)
    async with AsyncExitStack() as stack:
        for number in range(1, 6):
            await stack.enter_async_context(under_way(client_at(small_app, number)))
        problem_of(await last.post("/length", content=LARGE), *BUSY)
    assert (await last.post("/length", content=LARGE)).json() == len(LARGE)
