"""An HTTP server whose responses are functions, so that it can fail in every way."""

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
from typing import Generic
from typing import TypeVar

from tests.support.waiting import MAX_WAIT_SECONDS


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


E = TypeVar("E", bound=Exchange)


@dataclass
class FakeServer(Generic[E]):
    """Handles each request with the next behaviour, and repeats the last one."""

    make_exchange: Callable[[str, dict[str, str], bytes, StreamWriter], E]
    behaviours: list[Callable[[E], Awaitable[None]]]
    url: str = ""
    exchanges: list[E] = field(default_factory=list)
    open: int = 0
    max_open: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        """Listen inside the context; ``url`` is the address."""
        server = await asyncio.start_server(self._handle, "127.0.0.1", 0, limit=2**20)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield
            server.close()

    def respond_with(self, *behaviours: Callable[[E], Awaitable[None]]) -> None:
        """Set the behaviours for the next requests."""
        self.behaviours = list(behaviours)

    async def wait_until_open(self, count: int) -> None:
        """Wait until ``count`` requests are open."""
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            while self.open != count:
                self._changed.clear()
                await self._changed.wait()

    async def _handle(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Read a request and respond, until the client disconnects."""
        self._count(1)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                exchange = await self._read(reader, writer)
                await _unless_closed(reader, self._next()(exchange))
        finally:
            self._count(-1)
            writer.close()

    def _count(self, change: int) -> None:
        self.open += change
        self.max_open = max(self.open, self.max_open)
        self._changed.set()

    async def _read(self, reader: StreamReader, writer: StreamWriter) -> E:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = [line.split(": ", 1) for line in head[1:] if line]
        headers = {name.lower(): value for name, value in pairs}
        content = await reader.readexactly(int(headers["content-length"]))
        self.exchanges.append(self.make_exchange(head[0].split()[1], headers, content, writer))
        return self.exchanges[-1]

    def _next(self) -> Callable[[E], Awaitable[None]]:
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
