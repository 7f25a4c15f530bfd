"""Each quota belongs to the hash of a client's IP address."""

import hashlib
from datetime import UTC
from datetime import datetime

import pytest
from fastapi import FastAPI
from fastapi import Request
from sqlalchemy import func
from sqlalchemy import select

from app.api.deps.llm import quota_key_by_ip
from app.kit.db.database import Database
from app.models.ip_hash_key import IpHashKey
from app.services import client_ip_hasher
from app.services.client_ip_hasher import ClientIpHasher
from tests.support.settings import make_settings


async def quota_key(app: FastAPI, address: str | None) -> str:
    """Return the key of the quota that a request from this address counts against."""
    client = None if address is None else (address, 1)
    request = Request({"type": "http", "client": client, "headers": [], "app": app})
    return await quota_key_by_ip(request, app.state.llm)


async def test_each_address_has_its_own_quota(app: FastAPI) -> None:
    first = await quota_key(app, "192.0.2.1")
    assert first == await quota_key(app, "192.0.2.1")
    assert first != await quota_key(app, "192.0.2.2")


async def test_the_addresses_of_one_ipv6_network_share_a_quota(app: FastAPI) -> None:
    first = await quota_key(app, "2001:db8::1")
    assert first == await quota_key(app, "2001:db8::2")
    assert first != await quota_key(app, "2001:db8:0:1::1")


@pytest.mark.parametrize("address", ["192.0.2.1", None])
async def test_the_key_is_not_a_plain_hash_of_the_address(
    app: FastAPI, address: str | None
) -> None:
    found = await quota_key(app, address)
    assert len(found) == 64
    assert found != hashlib.sha256(str(address).encode()).hexdigest()


async def test_processes_share_the_key_of_a_month(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(make_settings(database_url=database_url))
    first, second = ClientIpHasher(database), ClientIpHasher(database)

    async def find_nothing(_month: str) -> None:
        monkeypatch.setattr(second, "_find_key", find)  # both read before either stores a key

    find = second._find_key
    monkeypatch.setattr(second, "_find_key", find_nothing)
    assert await first.hash("192.0.2.1") == await second.hash("192.0.2.1")
    await database.close()


async def test_the_key_of_a_month_is_deleted_in_the_next(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(make_settings(database_url=database_url))
    hasher = ClientIpHasher(database)
    before = await hasher.hash("192.0.2.1")
    monkeypatch.setattr(client_ip_hasher, "utc_now", lambda: datetime(2999, 1, 1, tzinfo=UTC))
    assert await hasher.hash("192.0.2.1") != before
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(IpHashKey)) == 1
    await database.close()
