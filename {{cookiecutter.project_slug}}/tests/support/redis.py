"""A Redis for tests: that of ``TEST_REDIS_URL``, or the one of this machine."""

import os

import pytest
from redis import Redis
from redis.exceptions import RedisError


def redis_url() -> str:
    """A Redis that answers; without one the test is skipped."""
    url = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/0"
    try:
        with Redis.from_url(url, socket_connect_timeout=10) as redis:
            redis.ping()
    except RedisError as error:
        pytest.skip(f"no Redis at {url.rpartition('@')[2]} (TEST_REDIS_URL): {error}")
    return url
