"""A server that is stopped or killed at work: nothing is lost of what it has promised."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select
from sqlalchemy import text

from app.kit.db.database import Database
from app.models.item import Item
from tests.support.items import make_item
from tests.support.load import SlowRequest
from tests.support.load import load
from tests.support.problems import problem_of
from tests.support.processes import LOOK_SECONDS
from tests.support.processes import Server
from tests.support.processes import command
from tests.support.processes import serving
from tests.support.processes import somebody_at
from tests.support.processes import starting
from tests.support.settings import make_settings
from tests.support.waiting import MAX_WAIT_SECONDS

CLIENTS = 8
LONG = "60"
DOCUMENT = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


async def nobody_is_let_in(server: Server) -> None:
    """Wait until a server takes no connection any more."""
    address = urlsplit(server.url)
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        with suppress(ConnectionRefusedError):
            while True:
                _, writer = await asyncio.open_connection(address.hostname, address.port)
                writer.close()
                await asyncio.sleep(LOOK_SECONDS)


async def stored_in(database_url: str) -> set[UUID]:
    """The items of a database."""
    database = Database(make_settings(database_url=database_url))
    async with database.read() as session:
        if session.get_bind().dialect.name == "sqlite":
            assert (await session.scalars(text("PRAGMA integrity_check"))).all() == ["ok"]
            assert (await session.execute(text("PRAGMA foreign_key_check"))).all() == []
        stored = set(await session.scalars(select(Item.id)))
    await database.close()
    return stored


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_stop_loses_nothing_that_was_sent(database_url: str, workers: int) -> None:
    settings = {"DATABASE_URL": database_url, "SHUTDOWN_SECONDS": LONG}
    with serving(1, workers, **settings) as (server,):
        async with somebody_at(server) as client:
            slow = await SlowRequest.begin(client)
            async with load(client, CLIENTS) as busy:
                await busy.reaches(10 * CLIENTS)
                sent = busy.sent.copy()
                server.process.terminate()
            assert sent <= busy.stored
            await nobody_is_let_in(server)
            await slow.finish()
            answer = await slow.answer()
            assert answer.status_code == 201
            assert answer.headers["Connection"] == "close"
            await server.ended()
        assert "Traceback" not in server.log
    confirmed = {UUID(item_id) for item_id in (*busy.stored, answer.json()["id"])}
    assert await stored_in(database_url) == confirmed


@pytest.mark.parametrize("delay_seconds", [0.1, 0.5])
async def test_an_interrupt_while_workers_start_is_silent(
    database_url: str, delay_seconds: float
) -> None:
    line = command("serve", "--port", "0", "--workers", "2")
    with starting(line, {"DATABASE_URL": database_url}, own_group=True) as server:
        server.wait_for("Started parent process")
        await asyncio.sleep(delay_seconds)
        os.killpg(server.process.pid, signal.SIGINT)  # as a terminal does
        await server.ended()
        assert "Traceback" not in server.log
        assert server.process.returncode == 0


async def test_a_request_that_takes_too_long_is_answered_and_ends(database_url: str) -> None:
    settings = {"DATABASE_URL": database_url, "SHUTDOWN_SECONDS": "1"}
    with serving(1, **settings) as (server,):
        async with somebody_at(server) as client:
            slow = await SlowRequest.begin(client)
            server.process.terminate()
            answer = await slow.answer()
            problem_of(answer, 503, "server_stopping")
            assert answer.headers["Retry-After"] == "1"
            await server.ended()
    assert await stored_in(database_url) == set()


async def test_a_client_that_does_not_read_cannot_keep_it(database_url: str) -> None:
    settings = {"DATABASE_URL": database_url, "SHUTDOWN_SECONDS": "1"}
    with serving(1, **settings) as (server,):
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port)) as unread:
            unread.setblocking(False)
            with suppress(BlockingIOError):
                while True:  # until every buffer is full, in both directions
                    unread.send(DOCUMENT)
            async with somebody_at(server) as client:  # it serves others meanwhile
                slow = await SlowRequest.begin(client)
                server.process.terminate()
                problem_of(await slow.answer(), 503, "server_stopping")
                await server.ended()


async def test_a_server_that_is_killed_keeps_its_word_and_starts_again(database_url: str) -> None:
    with serving(1, DATABASE_URL=database_url) as (server,):
        async with somebody_at(server) as client:
            async with load(client, CLIENTS) as busy:
                await busy.reaches(10 * CLIENTS)
                server.process.kill()
            headers = client.headers
    assert {UUID(item_id) for item_id in busy.stored} <= await stored_in(database_url)
    with serving(1, DATABASE_URL=database_url) as (again,):
        client = AsyncClient(base_url=again.url, timeout=MAX_WAIT_SECONDS, headers=headers)
        async with client:
            await make_item(client)
