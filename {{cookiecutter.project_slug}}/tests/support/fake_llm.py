"""A server that speaks like OpenAI's, over real HTTP, and makes each kind of trouble on demand."""

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

KEY = "sk-hunter2"
SECRET = "what the server wrote: hunter3"
WORDS = ("Tea", " is", " ready.")
USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
PHRASES = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many"}

Behaviour = Callable[["Conversation"], Awaitable[None]]


@dataclass
class Conversation:
    """One request, and the means to answer it."""

    server: "FakeLlm"
    headers: dict[str, str]
    body: dict[str, Any]
    writer: StreamWriter

    async def send(self, text: str) -> None:
        """Write to the socket at once."""
        self.writer.write(text.encode())
        await self.writer.drain()

    async def begin(self) -> None:
        """Begin a stream; without a length it ends with the connection."""
        await self.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")

    async def chunk(self, text: str | None = None, reason: str | None = None) -> None:
        """Send one piece of the answer."""
        delta = {} if text is None else {"content": text}
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        await self.event({"choices": [choice]})

    async def event(self, content: dict[str, Any]) -> None:
        """Send one event of the protocol."""
        common = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        await self.send(f"data: {json.dumps({**common, **content})}\n\n")

    async def refuse(self, status: int, code: str = "", **headers: str) -> None:
        """Answer with an error."""
        error = json.dumps({"error": {"message": SECRET, "code": code or None, "type": None}})
        lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
        await self.send(
            f"HTTP/1.1 {status} {PHRASES.get(status, 'Error')}\r\n{''.join(lines)}"
            f"Content-Type: application/json\r\nContent-Length: {len(error)}\r\n"
            f"Connection: close\r\n\r\n{error}"
        )


@dataclass
class FakeLlm:
    """Answers each request with the next behaviour; the last one stays."""

    url: str = ""
    behaviours: list[Behaviour] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    open: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def will(self, *behaviours: Behaviour) -> None:
        """Do these, one after the other."""
        self.behaviours = list(behaviours)

    async def handle(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Read a request and behave; who hangs up is noticed."""
        self._count(1)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                conversation = await self._read(reader, writer)
                await _unless_closed(reader, self._next()(conversation))
        finally:
            self._count(-1)
            writer.close()

    async def until_open(self, count: int, seconds: float) -> None:
        """Wait until so many requests are being answered; fail when that takes longer."""
        async with asyncio.timeout(seconds):
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
        self.asked.append(body)
        self.keys.append(headers["authorization"])
        return Conversation(self, headers, body, writer)

    def _next(self) -> Behaviour:
        return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


async def _unless_closed(reader: StreamReader, work: Awaitable[None]) -> None:
    """Do the work until it is done or the other side hangs up."""
    working = asyncio.ensure_future(work)
    closing = asyncio.ensure_future(reader.read())
    await asyncio.wait({working, closing}, return_when=asyncio.FIRST_COMPLETED)
    closing.cancel()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


@asynccontextmanager
async def fake_llm() -> AsyncIterator[FakeLlm]:
    """A server that answers well until it is told otherwise."""
    fake = FakeLlm(behaviours=[answer_well])
    server = await asyncio.start_server(fake.handle, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield fake
        server.close()


async def answer_well(conversation: Conversation) -> None:
    """A whole answer with its cost."""
    await conversation.begin()
    for word in WORDS:
        await conversation.chunk(word)
    await conversation.chunk(reason="stop")
    await conversation.event({"choices": [], "usage": USAGE})
    await conversation.send("data: [DONE]\n\n")


async def answer_without_cost(conversation: Conversation) -> None:
    """A whole answer by a server that does not count, cut at ``max_tokens``."""
    await conversation.begin()
    await conversation.chunk("Tea")
    await conversation.chunk(reason="length")
    await conversation.send("data: [DONE]\n\n")


async def never_answer(conversation: Conversation) -> None:
    """Take the request, and say nothing."""
    await asyncio.sleep(60)


async def fall_silent(conversation: Conversation) -> None:
    """Begin an answer, and never go on."""
    await conversation.begin()
    await conversation.chunk(WORDS[0])
    await asyncio.sleep(60)


async def end_without_reason(conversation: Conversation) -> None:
    """Stop in the middle as if that were the end."""
    await conversation.begin()
    await conversation.chunk(WORDS[0])


async def cut(conversation: Conversation) -> None:
    """Lose the connection in the middle."""
    await conversation.begin()
    await conversation.chunk(WORDS[0])
    await asyncio.sleep(0.05)
    conversation.writer.transport.abort()


async def hang_up(conversation: Conversation) -> None:
    """Lose the connection before anything is said."""
    conversation.writer.transport.abort()


async def send_garbage(conversation: Conversation) -> None:
    """Something in the middle that is no JSON."""
    await conversation.begin()
    await conversation.send(f"data: {{{SECRET}\n\n")


async def send_a_page(conversation: Conversation) -> None:
    """A web page, as a wrong address gives it."""
    page = f"<html>{SECRET}</html>"
    await conversation.send(
        f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n{page}"
    )


async def filter_late(conversation: Conversation) -> None:
    """Refuse in the middle of an answer."""
    await conversation.begin()
    await conversation.chunk(WORDS[0])
    await conversation.chunk(reason="content_filter")


async def fail_late(conversation: Conversation) -> None:
    """Tell of an error inside a stream."""
    await conversation.begin()
    await conversation.send(f'data: {{"error": {{"message": "{SECRET}"}}}}\n\n')


def refuse(status: int, code: str = "", **headers: str) -> Behaviour:
    """Always answer with this error."""

    async def behave(conversation: Conversation) -> None:
        await conversation.refuse(status, code, **headers)

    return behave


async def send_a_list(conversation: Conversation) -> None:
    """JSON that is no answer."""
    await conversation.begin()
    await conversation.send("data: [1]\n\n")
