"""Work that nobody cuts short."""

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable

import anyio
import pytest

from app.kit.tasks import run_to_completion


class Work:
    """Work that takes until a test says so."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.done = False

    async def run(self) -> None:
        """Wait for the test."""
        self.begun.set()
        await self.go_on.wait()
        self.done = True


async def cancel_task(work: Work, times: int) -> None:
    """Cancel a caller ``times`` times, then let the work end."""
    task = asyncio.create_task(run_to_completion(work.run()))
    await work.begun.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    work.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def cancel_once(work: Work) -> None:
    """Cancel a caller."""
    await cancel_task(work, 1)


async def cancel_twice(work: Work) -> None:
    """Cancel a caller that is cancelled already."""
    await cancel_task(work, 2)


async def cancel_scope(work: Work) -> None:
    """Cancel a scope of anyio, which does so again and again."""
    async with anyio.create_task_group() as group:
        group.start_soon(run_to_completion, work.run())
        await work.begun.wait()
        group.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            for _ in range(5):
                await asyncio.sleep(0)
            work.go_on.set()


@pytest.mark.parametrize("cancel", [cancel_once, cancel_twice, cancel_scope])
async def test_a_caller_that_is_cancelled_waits_until_the_work_is_done(
    cancel: Callable[[Work], Awaitable[None]],
) -> None:
    work = Work()
    await cancel(work)
    assert work.done


async def test_an_error_is_passed_on() -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await run_to_completion(work())
