"""A fake OpenAI-compatible server over real HTTP, which can fail in every way."""

import asyncio
import json
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.support.fake_server import Exchange
from tests.support.fake_server import FakeServer

KEY = "sk-hunter2"
SECRET = "text of the server: hunter3"
WORDS = ("Tea", " is", " ready.")
USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}

Behaviour = Callable[["Conversation"], Awaitable[None]]


class Conversation(Exchange):
    """One request for a chat completion, and the means to respond."""

    async def start(self) -> None:
        """Start a stream. Without a length it ends with the connection."""
        await self.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")

    async def chunk(self, text: str | None = None, reason: str | None = None) -> None:
        """Send one chunk of the response."""
        delta = {} if text is None else {"content": text}
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        await self.event({"choices": [choice]})

    async def event(self, content: dict[str, Any]) -> None:
        """Send one server-sent event."""
        common = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        await self.send(f"data: {json.dumps({**common, **content})}\n\n")

    async def fail(self, status: int, code: str = "", **headers: str) -> None:
        """Respond with an error."""
        error = {"message": SECRET, "code": code or None, "type": None}
        await self.respond(json.dumps({"error": error}), status, **headers)


class FakeLlm(FakeServer[Conversation]):
    """Responds with a whole stream, unless it gets other behaviours."""

    def __init__(self) -> None:
        super().__init__(Conversation, [respond])

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The bodies of all requests."""
        return [exchange.body for exchange in self.exchanges]

    @property
    def keys(self) -> list[str]:
        """The credentials of all requests."""
        return [exchange.headers["authorization"] for exchange in self.exchanges]


@asynccontextmanager
async def fake_llm() -> AsyncIterator[FakeLlm]:
    """Start a server that responds normally unless it gets other behaviours."""
    fake = FakeLlm()
    async with fake.serve():
        fake.url += "/v1"
        yield fake


async def respond(conversation: Conversation) -> None:
    """Send a complete response with its usage."""
    await conversation.start()
    for word in WORDS:
        await conversation.chunk(word)
    await conversation.chunk(reason="stop")
    await conversation.event({"choices": [], "usage": USAGE})
    await conversation.send("data: [DONE]\n\n")


async def respond_slowly(conversation: Conversation) -> None:
    """Send a complete response, with a pause before each word."""
    await conversation.start()
    for word in WORDS:
        await asyncio.sleep(0.02)
        await conversation.chunk(word)
    await conversation.chunk(reason="stop")
    await conversation.event({"choices": [], "usage": USAGE})
    await conversation.send("data: [DONE]\n\n")


async def respond_without_usage(conversation: Conversation) -> None:
    """Send a response that reached ``max_tokens``, without its usage."""
    await conversation.start()
    await conversation.chunk("Tea")
    await conversation.chunk(reason="length")
    await conversation.send("data: [DONE]\n\n")


async def never_respond(conversation: Conversation) -> None:
    """Accept the request, and send nothing."""
    await asyncio.Event().wait()


async def fall_silent(conversation: Conversation) -> None:
    """Start a response, and never continue."""
    await conversation.start()
    await conversation.chunk(WORDS[0])
    await asyncio.Event().wait()


async def end_without_reason(conversation: Conversation) -> None:
    """End the stream without a finish reason."""
    await conversation.start()
    await conversation.chunk(WORDS[0])


async def cut(conversation: Conversation) -> None:
    """Abort the connection during the response."""
    await conversation.start()
    await conversation.chunk(WORDS[0])
    await asyncio.sleep(0.05)
    conversation.writer.transport.abort()


async def hang_up(conversation: Conversation) -> None:
    """Abort the connection before the response."""
    conversation.writer.transport.abort()


async def send_invalid_json(conversation: Conversation) -> None:
    """Send invalid JSON in the stream."""
    await conversation.start()
    await conversation.send(f"data: {{{SECRET}\n\n")


async def send_html(conversation: Conversation) -> None:
    """Send a web page, as from a wrong URL."""
    page = f"<html>{SECRET}</html>"
    await conversation.send(
        f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n{page}"
    )


async def filter_late(conversation: Conversation) -> None:
    """End a response by the content filter."""
    await conversation.start()
    await conversation.chunk(WORDS[0])
    await conversation.chunk(reason="content_filter")


async def send_error_event(conversation: Conversation) -> None:
    """Send an error event in the stream."""
    await conversation.start()
    await conversation.send(f'data: {{"error": {{"message": "{SECRET}"}}}}\n\n')


def fail(status: int, code: str = "", **headers: str) -> Behaviour:
    """Return a behaviour that responds with this error."""

    async def respond_with_error(conversation: Conversation) -> None:
        await conversation.fail(status, code, **headers)

    return respond_with_error


async def send_json_list(conversation: Conversation) -> None:
    """Send valid JSON that is not a chunk."""
    await conversation.start()
    await conversation.send("data: [1]\n\n")
