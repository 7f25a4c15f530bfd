"""Rate limits counted in Redis, which several processes share; skipped without one."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis import Redis

from app.core.config.limits import LimitSettings
from app.core.exceptions import RateLimited
from app.core.rate_limit import RateLimiter
from tests.support.redis import redis_url


@pytest.fixture
async def limiters() -> AsyncIterator[list[RateLimiter]]:
    """Two limiters, as two processes have them."""
    settings = LimitSettings(rate_limit_storage_url=redis_url())
    limiters = [RateLimiter(settings), RateLimiter(settings)]
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
    with Redis.from_url(redis_url()) as redis:
        assert list(redis.scan_iter(f"*{name}*")) == []
