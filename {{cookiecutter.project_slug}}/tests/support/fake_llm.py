"""A fake OpenAI-compatible server over real HTTP, which can fail in every way."""

import asyncio
import json
from asyncio import StreamReader
from asyncio import StreamWriter
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import asynccontextmanager
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from tests.support.waiting import MAX_WAIT_SECONDS

KEY = "sk-hunter2"
SECRET = "text of the server: hunter3"
WORDS = ("Tea", " is", " ready.")
USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
PHRASES = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many"}

Behaviour = Callable[["Conversation"], Awaitable[None]]


@dataclass
class Conversation:
    """One request, and the means to respond."""

    server: "FakeLlm"
    headers: dict[str, str]
    body: dict[str, Any]
    writer: StreamWriter

    async def send(self, text: str) -> None:
        """Write to the socket."""
        self.writer.write(text.encode())
        await self.writer.drain()

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
        error = json.dumps({"error": {"message": SECRET, "code": code or None, "type": None}})
        lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
        await self.send(
            f"HTTP/1.1 {status} {PHRASES.get(status, 'Error')}\r\n{''.join(lines)}"
            f"Content-Type: application/json\r\nContent-Length: {len(error)}\r\n"
            f"Connection: close\r\n\r\n{error}"
        )


@dataclass
class FakeLlm:
    """Handles each request with the next behaviour, and repeats the last one."""

    url: str = ""
    behaviours: list[Behaviour] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    open: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def respond_with(self, *behaviours: Behaviour) -> None:
        """Set the behaviours for the next requests."""
        self.behaviours = list(behaviours)

    async def handle(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Read a request and respond, until the client disconnects."""
        self._count(1)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                conversation = await self._read(reader, writer)
                await _unless_closed(reader, self._next()(conversation))
        finally:
            self._count(-1)
            writer.close()

    async def wait_until_open(self, count: int) -> None:
        """Wait until ``count`` requests are open."""
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            while self.open != count:
                self._changed.clear()
                await self._changed.wait()

    def _count(self, change: int) -> None:
        self.open += change
        self._changed.set()

    async def _read(self, reader: StreamReader, writer: StreamWriter) -> Conversation:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = [line.split(": ", 1) for line in head[1:] if line]
        headers = {name.lower(): value for name, value in pairs}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.requests.append(body)
        self.keys.append(headers["authorization"])
        return Conversation(self, headers, body, writer)

    def _next(self) -> Behaviour:
        return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


async def _unless_closed(reader: StreamReader, work: Awaitable[None]) -> None:
    """Run the work until it is done or the client disconnects."""
    working = asyncio.ensure_future(work)
    closing = asyncio.ensure_future(reader.read())
    await asyncio.wait({working, closing}, return_when=asyncio.FIRST_COMPLETED)
    closing.cancel()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


@asynccontextmanager
async def fake_llm() -> AsyncIterator[FakeLlm]:
    """Start a server that responds normally unless it gets other behaviours."""
    fake = FakeLlm(behaviours=[respond])
    server = await asyncio.start_server(fake.handle, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield fake
        server.close()


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
