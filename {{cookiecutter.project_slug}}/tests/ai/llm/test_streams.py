"""Streams to clients that stop reading, at moments that a real socket cannot reproduce."""

import logging
from collections.abc import AsyncGenerator
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import anyio
import pytest
from sse_starlette.sse import AppStatus
from starlette.types import Message

from app.ai.llm.errors import provider_error
from app.kit.http import sse as streams
from app.schemas.llm import ChatEvent
from app.schemas.llm import ChatEventType
from tests.support.waiting import MAX_WAIT_SECONDS

START = ChatEvent(type=ChatEventType.START, id=UUID(int=0), model="small")


async def cut() -> AsyncGenerator[ChatEvent, None]:
    """Fail upstream after the start event."""
    yield START
    raise provider_error("llm_cut")


async def broken() -> AsyncGenerator[ChatEvent, None]:
    """Hit a bug after the start event."""
    yield START
    raise RuntimeError("a bug")


async def endless() -> AsyncGenerator[ChatEvent, None]:
    """Send text forever."""
    yield START
    while True:
        yield ChatEvent(type=ChatEventType.DELTA, text="bla")


async def send_to_client_that_stops_reading(events: AsyncGenerator[ChatEvent, None]) -> None:
    """Stream to a client that reads the headers and nothing else."""
    response = await streams.sse_response(events)

    async def receive() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await anyio.sleep_forever()

    scope = {"type": "http", "method": "POST"}
    with anyio.fail_after(MAX_WAIT_SECONDS):
        await response(scope, receive, send)


@pytest.fixture(autouse=True)
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a client early."""
    monkeypatch.setattr(streams, "SEND_TIMEOUT_SECONDS", 0.05)


@pytest.mark.parametrize("events", [cut, broken, endless])
async def test_a_client_that_stops_reading_causes_no_error(
    events: Callable[[], AsyncGenerator[ChatEvent, None]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await send_to_client_that_stops_reading(events())
    assert "a client did not read its stream" in caplog.messages


async def test_a_client_that_stops_reading_causes_no_error_at_shutdown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(AppStatus, "should_exit", True)
    await send_to_client_that_stops_reading(endless())


class Closing:
    """Records whether the stream was closed."""

    done = False

    async def events(self) -> AsyncGenerator[ChatEvent, None]:
        """Wait forever after the start event."""
        try:
            yield START
            await anyio.sleep_forever()
        finally:
            self.done = True


async def test_a_stream_is_closed_if_the_client_left_before_it_started() -> None:
    closing = Closing()
    response = await streams.sse_response(closing.events())

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        raise OSError  # as servers do if the client has disconnected

    with suppress(BaseException):
        await response({"type": "http", "method": "POST"}, receive, send)
    assert closing.done
