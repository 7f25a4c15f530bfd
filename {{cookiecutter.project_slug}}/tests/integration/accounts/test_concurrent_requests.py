"""How many requests one account may have under way, and that nobody else notices."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from app.api.deps.auth import CurrentUser
from tests.support.accounts import Person
from tests.support.accounts import join
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of
from tests.support.waiting import MAX_WAIT_SECONDS


class Stream:
    """A path whose response ends when ``finished`` is set."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.two_running = asyncio.Event()
        self.finished = asyncio.Event()

    async def __call__(self, _user: CurrentUser) -> StreamingResponse:
        """Answer at once, and go on for long."""
        return StreamingResponse(self.chunks())

    async def chunks(self) -> AsyncIterator[bytes]:
        """Send nothing until the end."""
        self.running += 1
        self.most = max(self.most, self.running)
        if self.running == 2:
            self.two_running.set()
        await self.finished.wait()
        self.running -= 1
        yield b"end"


@pytest.fixture
async def app(start_app: StartApp) -> FastAPI:
    """An application that answers two requests of an account at once."""
    app = await start_app(max_concurrent_requests_per_account=2)
    app.state.accounts.request_slots.timeout_seconds = MAX_WAIT_SECONDS
    return app


@pytest.fixture
def stream(app: FastAPI) -> Stream:
    """A path of it that takes long."""
    stream = Stream()
    app.add_api_route("/stream", stream.__call__)
    return stream


async def test_others_wait_for_their_turn(anna: Person, stream: Stream) -> None:
    requests = asyncio.gather(*(anna.client.get("/stream") for _ in range(30)))
    await stream.two_running.wait()
    await asyncio.sleep(0.1)
    assert stream.most == 2
    stream.finished.set()
    assert {response.status_code for response in await requests} == {200}
    assert stream.most == 2


async def test_who_waits_for_too_long_is_refused_and_nobody_else(
    app: FastAPI,
    connect: Connect,
    anna: Person,
    stream: Stream,
) -> None:
    running = asyncio.gather(*(anna.client.get("/stream") for _ in range(2)))
    await stream.two_running.wait()
    slots = app.state.accounts.request_slots
    slots.timeout_seconds = 0.05
    refused = await anna.client.get("/api/v1/users/me")
    problem_of(refused, 429, "concurrency_limited")
    assert refused.headers["Retry-After"] == "1"
    bert = await join(app, connect(app), "bert@example.com")
    assert (await bert.client.get("/api/v1/users/me")).status_code == 200
    assert (await anna.client.get("/health/ready")).status_code == 200
    stream.finished.set()
    await running
    assert (await anna.client.get("/api/v1/users/me")).status_code == 200
    assert not slots._clients


async def test_few_may_wait(app: FastAPI, anna: Person, stream: Stream) -> None:
    app.state.accounts.request_slots.max_waiting = 3
    requests = [asyncio.ensure_future(anna.client.get("/stream")) for _ in range(7)]
    done, _ = await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
    assert {request.result().status_code for request in done} == {429}
    stream.finished.set()
    statuses = [response.status_code for response in await asyncio.gather(*requests)]
    assert sorted(statuses) == [200] * 5 + [429] * 2
