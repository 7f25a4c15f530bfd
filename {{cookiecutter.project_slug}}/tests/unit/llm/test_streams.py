"""Streams whose client does not read, at the moments that a real socket cannot be brought to."""

import logging
from collections.abc import AsyncGenerator
from collections.abc import Callable
from uuid import UUID

import anyio
import pytest
from pydantic import BaseModel
from sse_starlette.sse import AppStatus
from starlette.types import Message

from app.ai.llm.faults import fault
from app.api import streams
from app.api.v1.endpoints.llm import EVENTS
from app.schemas.llm import ChatDelta
from app.schemas.llm import ChatStart

START = ChatStart(id=UUID(int=0), model="small")


async def cut() -> AsyncGenerator[BaseModel, None]:
    """An answer that fails upstream."""
    yield START
    raise fault("llm_cut")


async def broken() -> AsyncGenerator[BaseModel, None]:
    """An answer that meets a bug."""
    yield START
    raise RuntimeError("a bug")


async def endless() -> AsyncGenerator[BaseModel, None]:
    """An answer that goes on."""
    yield START
    while True:
        yield ChatDelta(text="bla")


async def send_to_nobody(parts: AsyncGenerator[BaseModel, None]) -> None:
    """Stream to a client that takes the head of the answer and never reads on."""
    response = await streams.stream_of(parts, EVENTS)

    async def receive() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await anyio.sleep_forever()

    scope = {"type": "http", "method": "POST"}
    with anyio.fail_after(5):
        await response(scope, receive, send)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a client soon."""
    monkeypatch.setattr(streams, "SLOWEST_CLIENT_SECONDS", 0.05)


@pytest.mark.parametrize("parts", [cut, broken, endless])
async def test_who_does_not_read_makes_no_error_of_a_stream_that_ends(
    parts: Callable[[], AsyncGenerator[BaseModel, None]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await send_to_nobody(parts())
    assert "a client did not read its stream" in caplog.messages


async def test_who_does_not_read_makes_no_error_of_a_server_that_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(AppStatus, "should_exit", True)
    await send_to_nobody(endless())
