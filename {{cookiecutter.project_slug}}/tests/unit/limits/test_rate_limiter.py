"""Rate limits: counted by key, refused with a time to come back, and what a broken store does."""

from typing import Any

import pytest
from limits.errors import StorageError

from app.core.exceptions import RateLimited
from app.core.exceptions import StartupError
from app.core.exceptions import Unavailable
from app.core.rate_limit import RateLimiter
from tests.support.settings import make_settings


def limiter(**settings: Any) -> RateLimiter:
    """A limiter that counts in memory."""
    return RateLimiter(make_settings(rate_limit_enabled=True, **settings))


def broken(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> RateLimiter:
    """A limiter whose store does not answer."""
    built = limiter(**settings)

    async def fail(*_arguments: object) -> bool:
        raise StorageError(ConnectionError("refused"))

    monkeypatch.setattr(built._limiter, "hit", fail)
    return built


async def test_what_is_above_the_rate_is_refused() -> None:
    counting = limiter()
    for _ in range(3):
        await counting.hit("3/minute", "search", "anna")
    with pytest.raises(RateLimited) as error:
        await counting.hit("3/minute", "search", "anna")
    assert error.value.retry_after in range(1, 61)


async def test_each_key_is_counted_on_its_own() -> None:
    counting = limiter()
    await counting.hit("1/minute", "search", "anna")
    await counting.hit("1/minute", "search", "bert")
    await counting.hit("1/minute", "answer", "anna")
    with pytest.raises(RateLimited):
        await counting.hit("1/minute", "search", "anna")


async def test_parts_of_a_key_do_not_run_together() -> None:
    counting = limiter()
    await counting.hit("1/minute", "ab", "c")
    await counting.hit("1/minute", "a", "bc")


async def test_every_rate_counts() -> None:
    counting = limiter()
    for _ in range(2):
        await counting.hit("5/second;2/hour", "anna")
    with pytest.raises(RateLimited) as error:
        await counting.hit("5/second;2/hour", "anna")
    assert error.value.retry_after in range(3000, 3601)


async def test_it_can_be_switched_off() -> None:
    silent = RateLimiter(make_settings(rate_limit_enabled=False))
    for _ in range(3):
        await silent.hit("1/minute", "anna")


async def test_a_broken_store_lets_people_in(monkeypatch: pytest.MonkeyPatch) -> None:
    await broken(monkeypatch, rate_limit_on_failure="allow").hit("1/minute", "anna")


async def test_a_broken_store_keeps_people_out_if_so_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable):
        await broken(monkeypatch, rate_limit_on_failure="deny").hit("1/minute", "anna")


@pytest.mark.parametrize("url", ["memory://", "async+memory://"])
async def test_memory_may_be_asked_for(url: str) -> None:
    await limiter(rate_limit_storage_url=url).hit("1/minute", "anna")


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://host"])
def test_an_unknown_store_stops_the_start(url: str) -> None:
    with pytest.raises(StartupError, match="RATE_LIMIT_STORAGE_URL"):
        limiter(rate_limit_storage_url=url)
