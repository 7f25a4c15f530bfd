"""Rate limits: counted by key, and refused with a time to come back."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.kit.exceptions import InvalidInput
from app.kit.exceptions import RateLimited
from app.kit.exceptions import StartupError
from app.kit.exceptions import Unavailable
from app.kit.project_metadata import project
from app.kit.rate_limit import RateLimiter
from tests.support.settings import make_settings


def limiter(**settings: Any) -> RateLimiter:
    """A limiter that counts in memory."""
    return RateLimiter(make_settings(rate_limit_enabled=True, **settings))


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


async def test_only_failures_count() -> None:
    counting = limiter()
    for _ in range(5):
        async with counting.count_failures("2/minute", "anna", failure=InvalidInput):
            pass
    for error in (
        InvalidInput("field", "wrong"),
        Unavailable("too busy"),
        asyncio.CancelledError(),
    ):
        with pytest.raises(type(error)):
            async with counting.count_failures("2/minute", "anna", failure=InvalidInput):
                raise error
    with pytest.raises(RateLimited) as refused:
        async with counting.count_failures("2/minute", "anna", failure=InvalidInput):
            pytest.fail("was let in")
    assert refused.value.retry_after in range(1, 61)


async def test_many_attempts_at_once_fail_no_more_often_than_one_by_one() -> None:
    counting = limiter()
    checked = 0

    async def guess() -> None:
        nonlocal checked
        async with counting.count_failures("3/minute", "anna", failure=InvalidInput):
            checked += 1
            await asyncio.sleep(0)
            raise InvalidInput("field", "wrong")

    outcomes = await asyncio.gather(*(guess() for _ in range(20)), return_exceptions=True)
    assert checked == 3
    assert sum(isinstance(outcome, RateLimited) for outcome in outcomes) == 17


async def test_failures_are_not_counted_when_switched_off() -> None:
    silent = RateLimiter(make_settings(rate_limit_enabled=False))
    for _ in range(3):
        with pytest.raises(InvalidInput):
            async with silent.count_failures("1/minute", "anna", failure=InvalidInput):
                raise InvalidInput("field", "wrong")


@pytest.mark.parametrize("url", ["memory://", "async+memory://"])
async def test_memory_may_be_asked_for(url: str) -> None:
    await limiter(rate_limit_storage_url=url).hit("1/minute", "anna")


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://host"])
def test_an_unknown_store_stops_the_start(url: str) -> None:
    with pytest.raises(StartupError, match="RATE_LIMIT_STORAGE_URL"):
        limiter(rate_limit_storage_url=url)


def test_projects_that_share_a_store_count_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = limiter()
    ours = counting._name("vote", "anna")
    assert counting._name("vote", "anna") == ours
    other = replace(project(), name="another_project")
    monkeypatch.setattr("app.kit.rate_limit.project", lambda: other)
    assert counting._name("vote", "anna") != ours
