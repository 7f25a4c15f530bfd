"""A fake model server over real HTTP, with both APIs, which can fail in every way."""

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

KEY = "key-hunter2"
SECRET = "text of the server: hunter3"
SCORES = [{"label": "good", "score": 0.25}, {"label": "bad", "score": 0.75}]
BOX = {"xmin": 1, "ymin": 2, "xmax": 30, "ymax": 20}

Behaviour = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request, and the means to respond."""

    path: str
    headers: dict[str, str]
    content: bytes
    writer: StreamWriter

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the request; empty for a file."""
        if "json" not in self.headers.get("content-type", ""):
            return {}
        body: dict[str, Any] = json.loads(self.content)
        return body

    async def send(self, text: str) -> None:
        """Write to the socket."""
        self.writer.write(text.encode())
        await self.writer.drain()

    async def respond(self, text: str, status: int = 200, **headers: str) -> None:
        """Send a complete response."""
        lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
        await self.send(
            f"HTTP/1.1 {status} Status\r\n{''.join(lines)}Content-Type: application/json\r\n"
            f"Content-Length: {len(text.encode())}\r\nConnection: close\r\n\r\n{text}"
        )


@dataclass
class FakeModelServer:
    """Handles each request with the next behaviour, and repeats the last one."""

    url: str = ""
    behaviours: list[Behaviour] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    open: int = 0
    max_open: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def respond_with(self, *behaviours: Behaviour) -> None:
        """Set the behaviours for the next requests."""
        self.behaviours = list(behaviours)

    async def handle(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Read a request and respond, until the client disconnects."""
        self._count(1)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                exchange = await self._read(reader, writer)
                await _unless_closed(reader, self._next()(exchange))
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
        self.max_open = max(self.open, self.max_open)
        self._changed.set()

    async def _read(self, reader: StreamReader, writer: StreamWriter) -> Exchange:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = [line.split(": ", 1) for line in head[1:] if line]
        headers = {name.lower(): value for name, value in pairs}
        content = await reader.readexactly(int(headers["content-length"]))
        self.exchanges.append(Exchange(head[0].split()[1], headers, content, writer))
        return self.exchanges[-1]

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
async def fake_inference_server() -> AsyncIterator[FakeModelServer]:
    """Start a server that responds normally unless it gets other behaviours."""
    fake = FakeModelServer(behaviours=[respond])
    server = await asyncio.start_server(fake.handle, "127.0.0.1", 0, limit=2**20)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield fake
        server.close()


def vector_of(text: str) -> list[float]:
    """Return the embedding of a text: not of length 1, as servers may return it."""
    return [float(len(text)), 2.0]


def _embed(body: dict[str, Any]) -> Any:
    data = [{"index": i, "embedding": vector_of(text)} for i, text in enumerate(body["input"])]
    return {"data": data[::-1]}


RESPONSES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "/feature-extraction": lambda body: [vector_of(text) for text in body["inputs"]],
    "/text-classification": lambda _: SCORES,
    "/zero-shot-classification": lambda body: [
        {"label": label, "score": 1 / (number + 2)}
        for number, label in enumerate(body["parameters"]["candidate_labels"])
    ],
    "/token-classification": lambda _: [
        {"entity_group": "PER", "score": 0.9, "word": "ada", "start": 0, "end": 3}
    ],
    "/text-generation": lambda body: [{"generated_text": f"{body['inputs']} goes on"}],
    "/image-classification": lambda _: SCORES,
    "/object-detection": lambda _: [
        {"label": "cat", "score": 0.6, "box": BOX},
        {"label": "dog", "score": 0.9, "box": BOX},
        {"label": "fly", "score": 0.1, "box": BOX},
    ],
    "/automatic-speech-recognition": lambda _: {"text": "tea is ready"},
    "/v1/embeddings": _embed,
    "/v1/classify": lambda _: {"data": [SCORES]},
    "/v1/completions": lambda body: {"choices": [{"text": f"{body['prompt']} goes on"}]},
    "/v1/audio/transcriptions": lambda _: {"text": "tea is ready"},
}
"""Path -> the response."""


async def respond(exchange: Exchange) -> None:
    """Respond as the model of this path."""
    await exchange.respond(json.dumps(RESPONSES[exchange.path](exchange.body)))


def respond_json(data: Any) -> Behaviour:
    """Return a behaviour that responds with this data."""

    async def respond_with_data(exchange: Exchange) -> None:
        await exchange.respond(json.dumps(data))

    return respond_with_data


def respond_text(text: str) -> Behaviour:
    """Return a behaviour that responds with this text."""

    async def respond_with_text(exchange: Exchange) -> None:
        await exchange.respond(text)

    return respond_with_text


def fail(status: int, **headers: str) -> Behaviour:
    """Return a behaviour that responds with this error."""

    async def respond_with_error(exchange: Exchange) -> None:
        await exchange.respond(json.dumps({"error": SECRET}), status, **headers)

    return respond_with_error


def fail_for(text: str, status: int) -> Behaviour:
    """Return a behaviour that rejects requests with this input."""

    async def respond_unless_found(exchange: Exchange) -> None:
        await (fail(status) if text in exchange.content.decode() else respond)(exchange)

    return respond_unless_found


async def respond_slowly(exchange: Exchange) -> None:
    """Respond after a pause."""
    await asyncio.sleep(0.05)
    await respond(exchange)


async def never_respond(exchange: Exchange) -> None:
    """Accept the request, and send nothing."""
    await asyncio.Event().wait()


async def drip(exchange: Exchange) -> None:
    """Send one byte of the body after the other, so that no read takes long."""
    await exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        await exchange.send(" ")
        await asyncio.sleep(0.02)


async def reset(exchange: Exchange) -> None:
    """Abort the connection before the response."""
    exchange.writer.transport.abort()


async def cut(exchange: Exchange) -> None:
    """Abort the connection during the response."""
    await exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[[1.0,")
    exchange.writer.transport.abort()
