"""Clients that keep a server busy, and know what they have sent and received."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from typing import Self

from httpx2 import AsyncClient
from httpx2 import Response
from httpx2 import TransportError

from app.utils.ids import new_id
from tests.support.items import ITEMS

JSON = {"Content-Type": "application/json"}
BODY = b'{"title": "Slow"}'
HALF = len(BODY) // 2
SENT = "http11.send_request_body.complete"


class Load:
    """Stores items over open connections, as fast as the server can, until it is gone."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._enough = asyncio.Event()
        self.sent: set[str] = set()
        self.stored: set[str] = set()

    async def reaches(self, count: int) -> None:
        """Wait until ``count`` items are stored."""
        while len(self.stored) < count:
            self._enough.clear()
            await self._enough.wait()

    async def store(self) -> None:
        """Be one of the clients."""
        while True:
            item_id = str(new_id())

            async def trace(name: str, _info: dict[str, Any], item_id: str = item_id) -> None:
                if name == SENT:
                    self.sent.add(item_id)

            try:
                response = await self._client.post(
                    ITEMS, json={"id": item_id, "title": "Tea"}, extensions={"trace": trace}
                )
            except TransportError:
                return
            assert response.status_code == 201, response.text
            self.stored.add(item_id)
            self._enough.set()


@asynccontextmanager
async def load(client: AsyncClient, clients: int) -> AsyncIterator[Load]:
    """Run ``clients`` clients inside; they end when the server does, and so must the block."""
    load = Load(client)
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(load.store())
        yield load


class SlowRequest:
    """An item of which the server has the first half, and gets the second when we say so."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def begin(cls, client: AsyncClient) -> Self:
        """Send the first half as this client would."""
        url = client.base_url
        request = cls(*await asyncio.open_connection(url.host, url.port))
        fields = client.build_request("POST", ITEMS, content=BODY, headers=JSON).headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        await request._send(f"POST {ITEMS} HTTP/1.1\r\n{lines}\r\n".encode() + BODY[:HALF])
        # On a busy machine the server may not have read it yet. It answers this one after that.
        await client.get("/health/live")
        return request

    async def finish(self) -> None:
        """Send the second half."""
        await self._send(BODY[HALF:])

    async def answer(self) -> Response:
        """What the server says before it closes the connection."""
        head, _, body = (await self._reader.read()).partition(b"\r\n\r\n")
        self._writer.close()
        status, *lines = head.decode().split("\r\n")
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        return Response(int(status.split()[1]), headers=headers, content=body)

    async def _send(self, part: bytes) -> None:
        self._writer.write(part)
        await self._writer.drain()
