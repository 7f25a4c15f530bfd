"""Rate limits counted in Redis, which several processes share.

The server is that of ``TEST_REDIS_URL``, or the one of this machine; without one these are skipped.
"""

import os
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import RedisError

from app.core.config.auth import AuthSettings
from app.core.exceptions import RateLimited
from app.core.rate_limit import RateLimiter
from tests.integration.conftest import Connect
from tests.integration.conftest import StartApp
from tests.support.accounts import log_in
from tests.support.problems import problem_of


@pytest.fixture
def redis_url() -> str:
    """A Redis that answers."""
    url = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/0"
    try:
        with Redis.from_url(url, socket_connect_timeout=1) as redis:
            redis.ping()
    except RedisError as error:
        pytest.skip(f"no Redis at {url.rpartition('@')[2]} (TEST_REDIS_URL): {error}")
    return url


@pytest.fixture
async def limiters(redis_url: str) -> AsyncIterator[list[RateLimiter]]:
    """Two limiters, as two processes have them."""
    settings = AuthSettings(rate_limit_storage_url=redis_url)
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


async def test_the_store_learns_no_address(redis_url: str, limiters: list[RateLimiter]) -> None:
    name = uuid4().hex
    await limiters[0].hit("2/minute", "login", f"{name}@example.com")
    with Redis.from_url(redis_url) as redis:
        assert list(redis.scan_iter(f"*{name}*")) == []


async def test_an_application_counts_there(
    start_app: StartApp, connect: Connect, redis_url: str
) -> None:
    settings = {"rate_limit_account": "1/minute", "rate_limit_address": "100000/minute"}
    clients = [
        connect(
            await start_app(rate_limit_enabled=True, rate_limit_storage_url=redis_url, **settings)
        )
        for _ in range(2)
    ]
    email = f"{uuid4().hex}@example.com"
    problem_of(await log_in(clients[0], email), 401, "invalid_credentials")
    problem_of(await log_in(clients[1], email), 429, "rate_limited")
