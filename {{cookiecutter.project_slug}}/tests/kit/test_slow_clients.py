"""Clients that send a body too slowly, or do not read their response."""

import asyncio
import json
import socket
import sys
from asyncio import StreamReader
from asyncio import StreamWriter
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count

import pytest
from fastapi import FastAPI
from fastapi import Request
from fastapi.responses import PlainTextResponse
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.types import Message

from app.kit.http import body_limits
from app.kit.http import http_protocol
from app.kit.http.body_limits import MIN_BODY_BYTES
from app.kit.http.body_limits import limit_waiting
from app.kit.http.http_protocol import MAX_HEADER_BYTES
from app.kit.http.http_protocol import LimitedHttpProtocol
from tests.support.apps import StartApp
from tests.support.live import Server
from tests.support.live import listening
from tests.support.processes import LOOK_SECONDS
from tests.support.waiting import MAX_WAIT_SECONDS

ORIGIN = "https://app.example.com"
HOST = b" HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET /health/live" + HOST + b"\r\n"
POST = b"POST /length" + HOST
POST_NOWHERE = b"POST /nowhere" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
END = b"\r\n\r\n"
OK = b'{"status":"ok"}'
LARGE = 16 * 1024 * 1024
"""More than the buffers of both machines hold."""

SMALL_BUFFER = 4096


class Client:
    """A client on a socket of its own."""

    def __init__(self, server: Server, reader: StreamReader, writer: StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer

    @property
    def connection(self) -> LimitedHttpProtocol:
        """The other end of it."""
        port = self.writer.get_extra_info("sockname")[1]
        for connection in self.server.server_state.connections:
            assert isinstance(connection, LimitedHttpProtocol)
            if connection.client and connection.client[1] == port:
                return connection
        raise AssertionError("the connection is lost")

    async def send(self, data: bytes) -> None:
        """Send, and wait until the server has read it."""
        self.writer.write(data)
        await self.writer.drain()
        other = await connect(self.server)
        other.writer.write(GET)
        await other.reader.readuntil(OK)
        other.writer.close()

    async def problem(self, status: int, code: str) -> None:
        """Read a problem and the end of the connection."""
        head, _, body = (await self.reader.read()).partition(END)
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"connection: close" in head
        assert json.loads(body)["code"] == code


async def connect(server: Server) -> Client:
    """Connect with a buffer that is soon full."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", server.port))
    return Client(server, *await asyncio.open_connection(sock=sock, limit=SMALL_BUFFER))


def add_paths(app: FastAPI) -> FastAPI:
    """Add paths that read, and that send much."""

    async def length(request: Request) -> int:
        return len(await request.body())

    async def large() -> PlainTextResponse:
        return PlainTextResponse("a" * LARGE)

    async def endless() -> StreamingResponse:
        return StreamingResponse(_endless())

    app.add_api_route("/length", length, methods=["POST"])
    app.add_api_route("/large", large)
    app.add_api_route("/endless", endless)
    return app


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"a" * MAX_HEADER_BYTES
        await asyncio.sleep(0)


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[Server]:
    """A server in this process, with those paths."""
    async with listening(add_paths(app)) as server:
        yield server


@pytest.fixture
async def slow(server: Server) -> AsyncIterator[Client]:
    """A client."""
    client = await connect(server)
    yield client
    client.writer.close()


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"X: ".ljust(MAX_HEADER_BYTES, b"a") + END, 431),
        (b"Content-Length: 9\r\n\r\na", 408),
        (b"Content-Length: 90000000\r\n\r\na", 413),
    ],
)
async def test_a_browser_may_read_why_a_request_is_rejected(
    monkeypatch: pytest.MonkeyPatch, start_app: StartApp, rest: bytes, status: int
) -> None:
    monkeypatch.setattr(body_limits, "BODY_TIMEOUT_SECONDS", 0)
    app = await start_app(cors_origins=[ORIGIN])
    async with listening(add_paths(app)) as server:
        client = await connect(server)
        client.writer.write(POST + b"Origin: " + ORIGIN.encode() + b"\r\n" + rest)
        head = await client.reader.readuntil(END)
        client.writer.close()
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"access-control-allow-origin: " + ORIGIN.encode() in head
    assert b"content-type: application/problem+json" in head


@pytest.mark.parametrize("piece", [b"", b"1\r\na\r\n"], ids=["silence", "drops"])
async def test_a_body_without_progress_is_rejected(
    monkeypatch: pytest.MonkeyPatch, slow: Client, piece: bytes
) -> None:
    monkeypatch.setattr(body_limits, "BODY_TIMEOUT_SECONDS", 0)
    await slow.send(POST + CHUNKED + 100 * piece)
    await slow.problem(408, "request_timeout")


@pytest.mark.parametrize(
    ("size", "is_waited_for"), [(MIN_BODY_BYTES, True), (MIN_BODY_BYTES // 4, False)]
)
async def test_each_part_of_a_body_needs_progress(
    monkeypatch: pytest.MonkeyPatch, size: int, *, is_waited_for: bool
) -> None:
    monkeypatch.setattr(body_limits, "monotonic", count(step=10).__next__)

    async def receive() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"a" * size, "more_body": True}

    receive_in_time = limit_waiting(receive)
    parts = 0
    with suppress(HTTPException):
        while parts < 9:
            await receive_in_time()
            parts += 1
    assert parts == (9 if is_waited_for else 3)


async def test_a_body_in_pieces_is_read(slow: Client) -> None:
    size = 3 * MIN_BODY_BYTES
    await slow.send(POST + b"Content-Length: %d\r\n\r\n" % size)
    for _ in range(3):
        await slow.send(b"a" * MIN_BODY_BYTES)
    assert b" 200 OK" in await slow.reader.readuntil(END)
    assert await slow.reader.readexactly(len(str(size))) == str(size).encode()


async def test_a_body_that_we_do_not_read_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, app: FastAPI, slow: Client
) -> None:
    begun, reading = asyncio.Event(), asyncio.Event()

    async def late(request: Request) -> int:
        begun.set()
        await reading.wait()
        return len(await request.body())

    app.add_api_route("/late", late, methods=["POST"])
    monkeypatch.setattr(body_limits, "BODY_TIMEOUT_SECONDS", 0)
    await slow.send(b"POST /late" + HOST + b"Content-Length: 9\r\n\r\na")
    await begun.wait()
    await slow.send(b"a" * 8)
    reading.set()
    assert b" 200 OK" in await slow.reader.readuntil(END)


async def test_a_client_that_does_not_send_the_rest_of_a_body_loses_its_connection(
    slow: Client,
) -> None:
    await slow.send(b"")
    slow.connection.timeout_keep_alive = 0
    slow.writer.write(POST_NOWHERE + b"Content-Length: 9\r\n\r\na")
    assert (await slow.reader.read()).endswith(b"}")


async def test_the_rest_of_a_body_after_its_response_is_limited(
    monkeypatch: pytest.MonkeyPatch, slow: Client
) -> None:
    monkeypatch.setattr(http_protocol, "MAX_DISCARDED_BYTES", 8)
    await slow.send(POST_NOWHERE + b"Content-Length: 900\r\n\r\n")
    assert b" 404 " in await slow.reader.readuntil(END)
    await slow.send(b"a" * 9)
    assert (await slow.reader.read()).endswith(b"}")


@pytest.mark.parametrize("rest", [b"a", b"a" * 8, b"a" * 8 + b"\r\n"])
async def test_a_connection_is_idle_after_each_piece_of_the_rest_of_a_body(
    slow: Client, rest: bytes
) -> None:
    await slow.send(POST_NOWHERE + b"Content-Length: 9\r\n\r\na")
    assert b" 404 " in await slow.reader.readuntil(END)
    slow.connection.timeout_keep_alive = 0
    await slow.send(rest)
    assert (await slow.reader.read()).endswith(b"}")


@pytest.mark.skipif(sys.platform != "linux", reason="the time-out is one of Linux")
@pytest.mark.parametrize("path", [b"/large", b"/endless"])
@pytest.mark.parametrize("keep", [b"keep-alive", b"close"])
async def test_a_client_that_does_not_read_loses_its_connection(
    monkeypatch: pytest.MonkeyPatch, server: Server, path: bytes, keep: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "SEND_TIMEOUT_SECONDS", 1)
    slow = await connect(server)
    slow.writer.write(b"GET " + path + HOST + b"Connection: " + keep + END)
    state = slow.server.server_state
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        await slow.reader.readuntil(END)
        while state.connections or state.tasks:  # noqa: ASYNC110 - they tell nobody
            await asyncio.sleep(LOOK_SECONDS)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await slow.reader.readexactly(LARGE)


async def test_a_client_that_reads_slowly_gets_everything(slow: Client) -> None:
    slow.writer.write(b"GET /large" + HOST + END)
    await slow.reader.readuntil(END)
    connection = slow.connection
    left = LARGE
    while left > LARGE // 2:
        left -= len(await slow.reader.read(SMALL_BUFFER))
    connection.timeout_keep_alive_handler()  # closes, once all is sent
    assert len(await slow.reader.read()) == left
