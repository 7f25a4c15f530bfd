"""Connections that are open when the server stops."""

import asyncio
from asyncio import StreamReader
from asyncio import StreamWriter
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from tests.support.live import Server
from tests.support.live import listening

REQUEST = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
OK = b'{"status":"ok"}'

Streams = tuple[StreamReader, StreamWriter]


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[Server]:
    """A server in this process."""
    async with listening(app) as server:
        yield server


@pytest.fixture
async def streams(server: Server) -> AsyncIterator[Streams]:
    """A connection on which one request was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(REQUEST)
    assert b"connection: close" not in await reader.readuntil(OK)
    yield reader, writer
    writer.close()


def tell_connections(server: Server) -> None:
    """Do what the server does first when it stops."""
    for connection in list(server.server_state.connections):
        connection.shutdown()


async def test_what_is_on_its_way_is_answered(server: Server, streams: Streams) -> None:
    reader, writer = streams
    writer.write(REQUEST)
    tell_connections(server)  # before the server has had a chance to read
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer
    assert answer.endswith(OK)


async def test_an_idle_one_is_closed(server: Server, streams: Streams) -> None:
    tell_connections(server)
    assert await streams[0].read() == b""
