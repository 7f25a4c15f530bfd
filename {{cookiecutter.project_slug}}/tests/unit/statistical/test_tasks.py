"""Work that nobody cuts short."""

import asyncio

import pytest

from app.utils.tasks import undisturbed


async def test_who_is_cancelled_waits_until_the_work_is_done() -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), []

    async def work() -> None:
        begun.set()
        await go_on.wait()
        done.append(True)

    task = asyncio.create_task(undisturbed(work()))
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done


async def test_an_error_is_passed_on() -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await undisturbed(work())
