"""The concurrency limits: one for each user, and one for the server."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from app.ai.llm.resilience import ConcurrencyLimiter
from app.kit.exceptions import RateLimited


async def rejection_code(limiter: ConcurrencyLimiter, user: str) -> str:
    """Expect a rejection of the user's chat, and return its code."""
    with pytest.raises(RateLimited) as error:
        async with limiter.slot(user):
            pass
    return error.value.code


async def test_one_user_cannot_take_every_slot() -> None:
    limiter = ConcurrencyLimiter(4, 3, 0)
    async with AsyncExitStack() as chats:
        for _ in range(3):
            await chats.enter_async_context(limiter.slot("anna"))
        assert await rejection_code(limiter, "anna") == "llm_concurrency_exceeded"
        await chats.enter_async_context(limiter.slot("bert"))
        assert await rejection_code(limiter, "bert") == "llm_busy"
        assert await rejection_code(limiter, "carl") == "llm_busy"
    async with limiter.slot("anna"), limiter.slot("bert"):
        pass


async def test_users_who_wait_for_their_own_slots_do_not_block_others() -> None:
    limiter = ConcurrencyLimiter(2, 1, 60)
    async with limiter.slot("anna"):
        waiting = [asyncio.create_task(limiter.slot("anna").__aenter__()) for _ in range(5)]
        await asyncio.sleep(0)
        async with limiter.slot("bert"):
            pass
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
    async with limiter.slot("anna"), limiter.slot("bert"):
        pass


async def test_users_without_chats_use_no_memory() -> None:
    limiter = ConcurrencyLimiter(2, 1, 0)
    for number in range(100):
        async with limiter.slot(str(number)):
            assert len(limiter._slots_by_user) == 1
    assert len(limiter._slots_by_user) == 0
