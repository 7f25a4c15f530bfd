"""What happens while Redis does not answer: limits hold in memory, and Redis is left alone."""

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from app.kit import rate_limit
from app.kit.exceptions import RateLimited
from app.kit.exceptions import Unavailable
from app.kit.rate_limit import RETRY_SECONDS
from app.kit.rate_limit import RateLimiter
from tests.support.settings import make_settings


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Return the time that was set."""
        return self.now


class BlackHole:
    """A server that accepts connections and never answers; it counts them."""

    def __init__(self) -> None:
        self.connections = 0
        self.url = ""

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read everything and say nothing."""
        self.connections += 1
        await reader.read()
        writer.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which a store is left alone."""
    clock = Clock()
    fake = SimpleNamespace(monotonic=clock.monotonic, time=time.time)
    monkeypatch.setattr(rate_limit, "time", fake)
    return clock


@pytest.fixture
async def black_hole() -> AsyncIterator[BlackHole]:
    """A Redis that accepts connections and never answers."""
    pytest.importorskip("redis")
    hole = BlackHole()
    server = await asyncio.start_server(hole.accept, "127.0.0.1", 0)
    hole.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield hole
    server.close()


def limiter(url: str, **settings: Any) -> RateLimiter:
    """A limiter that counts there."""
    values = {"rate_limit_enabled": True, "rate_limit_storage_url": url, **settings}
    return RateLimiter(make_settings(**values))


async def test_limits_hold_in_memory_and_the_store_is_left_alone(
    black_hole: BlackHole, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    counting = limiter(black_hole.url)
    for _ in range(3):
        await counting.hit("3/minute", "anna")
    with pytest.raises(RateLimited):
        await counting.hit("3/minute", "anna")
    clock.now += RETRY_SECONDS - 1
    await counting.hit("3/minute", "bert")
    assert black_hole.connections == 1
    assert len(caplog.messages) == 1
    await counting.close()


async def test_one_request_tries_again(black_hole: BlackHole, clock: Clock) -> None:
    counting = limiter(black_hole.url)
    await counting.hit("100/minute", "anna")
    clock.now += RETRY_SECONDS
    await asyncio.gather(*(counting.hit("100/minute", "anna") for _ in range(20)))
    assert black_hole.connections == 2
    await counting.close()


async def test_a_silent_store_keeps_people_out_if_so_set(
    black_hole: BlackHole, clock: Clock
) -> None:
    counting = limiter(black_hole.url, rate_limit_on_failure="deny")
    for _ in range(3):
        with pytest.raises(Unavailable):
            await counting.hit("1/minute", "anna")
    assert black_hole.connections == 1
    await counting.close()
