"""A server of the database that stays connected and says nothing: no request waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.kit.db.database import Database
from app.kit.exceptions import Unavailable
from tests.support.settings import make_settings
from tests.support.silent_proxy import SilentProxy
from tests.support.silent_proxy import silent_proxy

PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}
POOLED = 3


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[tuple[SilentProxy, str]]:
    """A proxy before the server of the tests, and the URL of the database behind it."""
    url = make_url(database_url)
    host, port = url.host or "127.0.0.1", url.port or PORTS[url.get_backend_name()]
    async with silent_proxy(host, port) as (proxy, own_port):
        behind = url.set(host="127.0.0.1", port=own_port)
        yield proxy, behind.render_as_string(hide_password=False)


def make_database(url: str, **settings: Any) -> Database:
    """A database whose connections are tested at every use unless the settings say otherwise."""
    quick: dict[str, Any] = {
        "database_pool_size": POOLED,
        "database_ping_after_seconds": 0,
        "database_connect_timeout_seconds": 2,
        "database_transaction_timeout_seconds": 30,
    }
    return Database(make_settings(database_url=url, **{**quick, **settings}))


async def answer(database: Database) -> Any:
    """What the database answers to a simple question."""
    async with database.read() as session:
        return await session.scalar(text("SELECT 1"))


async def fill_pool(database: Database) -> None:
    """Open every connection, and leave all of them idle."""
    barrier = asyncio.Barrier(POOLED)

    async def use() -> None:
        async with database.read() as session:
            await session.execute(text("SELECT 1"))
            await barrier.wait()

    await asyncio.gather(*(use() for _ in range(POOLED)))


async def test_connections_that_a_gateway_forgot_are_replaced_all_at_once(
    proxy: tuple[SilentProxy, str],
) -> None:
    gateway, url = proxy
    database = make_database(url)
    opened: list[object] = []
    event.listen(database.engine.sync_engine, "connect", lambda one, _record: opened.append(one))
    await fill_pool(database)
    gateway.forget_connections()
    assert await answer(database) == 1  # only this one waits until it is clear
    await fill_pool(database)
    assert len(opened) == 2 * POOLED
    await database.close()


@pytest.mark.parametrize("is_write", [False, True])
async def test_a_server_that_freezes_in_mid_transaction_is_reported_and_comes_back(
    proxy: tuple[SilentProxy, str], is_write: bool
) -> None:
    gateway, url = proxy
    database = make_database(url, database_transaction_timeout_seconds=1)
    assert await answer(database) == 1

    async def freeze() -> None:
        async with database.write() if is_write else database.read() as session:
            await session.execute(text("SELECT 1"))
            gateway.is_frozen = True
            await session.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        await freeze()
    with pytest.raises(Unavailable):
        await answer(database)
    gateway.is_frozen = False
    assert await answer(database) == 1
    await database.close()


async def test_a_commit_without_an_answer_is_reported(proxy: tuple[SilentProxy, str]) -> None:
    gateway, url = proxy
    database = make_database(url, database_transaction_timeout_seconds=1)

    async def freeze() -> None:
        async with database.write() as session:
            await session.execute(text("SELECT 1"))
            gateway.is_frozen = True

    with pytest.raises(Unavailable):
        await freeze()
    gateway.is_frozen = False
    assert await answer(database) == 1
    await database.close()


async def test_what_a_statement_may_take_is_bounded_by_the_server_too(database_url: str) -> None:
    sleep = "SELECT pg_sleep(60)" if "postgresql" in database_url else "SELECT SLEEP(60)"
    database = make_database(database_url, database_statement_timeout_seconds=1)
    with pytest.raises(Unavailable):
        async with database.read() as session:
            await session.execute(text(sleep))
    await database.close()
