"""Headers of requests that are too long, too slow, or just long enough."""

import asyncio
import json
from asyncio import StreamReader
from asyncio import StreamWriter
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from fastapi import FastAPI
from fastapi import Request

from app.kit.http import http_protocol
from app.kit.http.http_protocol import HEADER_TIMEOUT_SECONDS
from app.kit.http.http_protocol import MAX_HEADER_BYTES
from app.kit.http.http_protocol import LimitedHttpProtocol
from tests.support.live import Server
from tests.support.live import listening

GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /length HTTP/1.1\r\nHost: localhost\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
END = b"\r\n\r\n"
OK = b'{"status":"ok"}'
SIZE = 4 * MAX_HEADER_BYTES

Streams = tuple[StreamReader, StreamWriter]


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[Server]:
    """A server in this process, with a path that says how long a body is."""

    async def length(request: Request) -> int:
        return len(await request.body())

    app.add_api_route("/length", length, methods=["POST"])
    async with listening(app) as server:
        yield server


async def connect_and_ask(server: Server) -> Streams:
    """A connection on which one request was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(GET + b"\r\n")
    await reader.readuntil(OK)
    return reader, writer


@pytest.fixture
async def streams(server: Server) -> AsyncIterator[Streams]:
    """A connection on which one request was answered."""
    reader, writer = await connect_and_ask(server)
    yield reader, writer
    writer.close()


def header(size: int) -> bytes:
    """A header of this size, which is not closed."""
    return b"X: ".ljust(size, b"a")


def assert_refused(answer: bytes) -> None:
    """One answer: a problem, and the end of the connection."""
    head, _, body = answer.partition(END)
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b"connection: close" in head
    assert b"content-type: application/problem+json" in head
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (431, "headers_too_large")
    assert f"x-request-id: {problem['request_id']}".encode() in head


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (GET + b"X: ", b"a"),
        (GET, b"a:\r\n"),
        (GET + UPGRADE, b"a"),
        (b"GET /", b"a"),
        (b"GET ", b" "),
    ],
)
async def test_a_head_without_an_end_is_refused(
    streams: Streams, begin: bytes, more: bytes
) -> None:
    reader, writer = streams
    writer.write((begin + more * MAX_HEADER_BYTES)[: MAX_HEADER_BYTES + 1])
    assert_refused(await reader.read())


@pytest.mark.parametrize("begin", [GET, GET + UPGRADE])
@pytest.mark.parametrize("rest", [END, b"\r\nContent-Length: 3\r\n\r\nabc", END + GET + END])
async def test_a_whole_head_that_is_too_long_is_refused(
    streams: Streams, begin: bytes, rest: bytes
) -> None:
    reader, writer = streams
    writer.write(begin + header(MAX_HEADER_BYTES) + rest)
    assert_refused(await reader.read())


async def test_a_refusal_waits_for_the_answers_before_it(streams: Streams) -> None:
    reader, writer = streams
    writer.write(GET + b"\r\n" + GET + header(MAX_HEADER_BYTES) + END)
    first, _, second = (await reader.read()).partition(OK)
    assert first.startswith(b"HTTP/1.1 200")
    assert_refused(second)


async def test_long_heads_are_counted_one_by_one(streams: Streams) -> None:
    reader, writer = streams
    request = GET + header(MAX_HEADER_BYTES - 1000) + END
    for _ in range(3):
        writer.write(request)
        assert (await reader.readuntil(OK)).startswith(b"HTTP/1.1 200")
    writer.write(2 * request)
    for _ in range(2):
        assert (await reader.readuntil(OK)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "request_",
    [
        POST + b"Content-Length: %d\r\n\r\n" % SIZE + b"a" * SIZE,
        POST + CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (SIZE, b"a" * SIZE),
        POST + CHUNKED + b"1\r\na\r\n" * SIZE + b"0\r\n\r\n",
    ],
    ids=["at once", "one chunk", "many chunks"],
)
async def test_a_body_is_no_part_of_the_head(streams: Streams, request_: bytes) -> None:
    reader, writer = streams
    writer.write(request_)
    assert b" 200 OK" in await reader.readuntil(END)
    assert int(await reader.readexactly(len(str(SIZE)))) == SIZE


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (GET + b"\r\n", b"\r\n"),
        (POST + CHUNKED + b"0\r\n", b"a:\r\n"),
        (POST + CHUNKED + b"0\r\nX: ", b"a"),
        (POST + CHUNKED + b"1;", b"a"),
    ],
)
async def test_what_is_neither_head_nor_body_ends_the_connection(
    streams: Streams, begin: bytes, more: bytes
) -> None:
    reader, writer = streams
    writer.write(begin + more * (4 * SIZE))
    with suppress(ConnectionError):  # the server leaves unread what comes after it has closed
        await reader.read()


async def test_a_head_that_does_not_come_to_an_end_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, streams: Streams
) -> None:
    monkeypatch.setattr(http_protocol, "HEADER_TIMEOUT_SECONDS", 0)
    reader, writer = streams
    writer.write(GET)
    assert await reader.read() == b""


async def test_headers_may_come_in_pieces_but_not_for_longer(
    server: Server, streams: Streams
) -> None:
    reader, writer = streams
    (connection,) = server.server_state.connections
    assert isinstance(connection, LimitedHttpProtocol)
    connection.timeout_keep_alive = 2 * HEADER_TIMEOUT_SECONDS
    ends = []
    for piece in (GET + b"\r\n" + GET, b"A: b\r\n", b"C: d\r\n"):
        writer.write(piece)
        _, another = await connect_and_ask(server)  # what was sent before has been read by then
        another.close()
        assert connection.timeout_keep_alive_task is not None
        ends.append(connection.timeout_keep_alive_task.when())
    assert ends[0] > ends[1] == ends[2]
    writer.write(b"\r\n")
    for _ in range(2):
        await reader.readuntil(OK)
    assert connection.timeout_keep_alive_task is not None
    assert connection.timeout_keep_alive_task.when() > ends[0]


async def test_a_connection_that_says_nothing_is_not_kept(server: Server) -> None:
    server.config.timeout_keep_alive = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    assert await reader.read() == b""
    writer.close()
