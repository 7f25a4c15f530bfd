"""Rate limits counted in Redis, which several processes share; skipped without one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from redis import Redis

from app.kit.config.rate_limits import RateLimitSettings
from app.kit.exceptions import InvalidInput
from app.kit.exceptions import RateLimited
from app.kit.project_metadata import project
from app.kit.rate_limit import RateLimiter
from tests.support.redis import redis_url


@pytest.fixture
async def limiters() -> AsyncIterator[list[RateLimiter]]:
    """Two limiters, as two processes have them."""
    settings = RateLimitSettings(rate_limit_storage_url=redis_url())
    limiters = [RateLimiter(settings, b"a key"), RateLimiter(settings, b"a key")]
    yield limiters
    for limiter in limiters:
        await limiter.close()


async def test_two_processes_count_together(limiters: list[RateLimiter]) -> None:
    first, second = limiters
    key = uuid4().hex
    await first.hit("2/minute", "test", key)
    await second.hit("2/minute", "test", key)
    with pytest.raises(RateLimited) as refused:
        await first.hit("2/minute", "test", key)
    assert 1 <= (refused.value.retry_after or 0) <= 60
    await first.hit("2/minute", "test", uuid4().hex)


async def test_the_store_learns_no_address(limiters: list[RateLimiter]) -> None:
    name = uuid4().hex
    await limiters[0].hit("2/minute", "search", f"{name}@example.com")
    plain = "\0".join((project().name, "search", f"{name}@example.com"))
    with Redis.from_url(redis_url()) as redis:
        assert list(redis.scan_iter(f"*{name}*")) == []
        assert list(redis.scan_iter(f"*{sha256(plain.encode()).hexdigest()}*")) == []


async def test_what_succeeds_is_given_back(limiters: list[RateLimiter]) -> None:
    key = uuid4().hex
    for number in range(6):
        limiter = limiters[number % 2]
        with contextlib.suppress(InvalidInput):
            async with limiter.count_failures("2/minute;9/hour", key, failure=InvalidInput):
                if number >= 4:
                    raise InvalidInput("field", "wrong")
    with pytest.raises(RateLimited):
        async with limiters[0].count_failures("2/minute;9/hour", key, failure=InvalidInput):
            pytest.fail("was let in")


class Gateway:
    """The way to the Redis of the tests, which can be closed and opened again."""

    def __init__(self) -> None:
        self.target = urlsplit(redis_url())
        self.port = 0
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        prefix, at, _ = self.target.netloc.rpartition("@")
        return self.target._replace(netloc=f"{prefix}{at}127.0.0.1:{self.port}").geturl()

    async def open(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        host, port = self.target.hostname or "127.0.0.1", self.target.port or 6379
        back_reader, back_writer = await asyncio.open_connection(host, port)
        self._writers += [writer, back_writer]
        await asyncio.gather(_copy(reader, back_writer), _copy(back_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def test_a_redis_that_comes_back_counts_on(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway, key = Gateway(), uuid4().hex
    await gateway.open()
    limiter = RateLimiter(RateLimitSettings(rate_limit_storage_url=gateway.url))
    await limiter.hit("2/minute", key)  # counted in Redis
    await gateway.close()
    for _ in range(2):  # counted in memory, from 0
        await limiter.hit("2/minute", key)
    with pytest.raises(RateLimited):
        await limiter.hit("2/minute", key)
    await gateway.open()
    monkeypatch.setattr(limiter, "_retry_at", 1.0)  # the time that it is left alone is over
    await limiter.hit("2/minute", key)  # Redis again, which remembers the first
    with pytest.raises(RateLimited):
        await limiter.hit("2/minute", key)
    assert gateway.connections == 2
    await limiter.close()
    await gateway.close()


async def test_a_redis_that_was_restarted_is_no_failure() -> None:
    gateway, key = Gateway(), uuid4().hex
    await gateway.open()
    limiter = RateLimiter(RateLimitSettings(rate_limit_storage_url=gateway.url))
    await limiter.hit("2/minute", key)
    await gateway.close()
    await gateway.open()
    await limiter.hit("2/minute", key)
    with pytest.raises(RateLimited):
        await limiter.hit("2/minute", key)
    await limiter.close()
    await gateway.close()
