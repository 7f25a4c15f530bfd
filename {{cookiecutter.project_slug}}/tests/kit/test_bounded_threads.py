"""Work in threads: what is beyond the queue is rejected, and what nobody waits for is not done."""

import asyncio
import threading
from collections.abc import Callable
from collections.abc import Iterator

import pytest

from app.kit.bounded_threads import BoundedThreads
from app.kit.exceptions import Unavailable
from tests.support.waiting import MAX_WAIT_SECONDS


class QueueFull(Unavailable):
    """What is raised when the queue is full."""

    detail = "The queue is full."


@pytest.fixture
def threads() -> Iterator[BoundedThreads]:
    """One thread, for which two more calls can wait."""
    threads = BoundedThreads(1, 2, QueueFull, name="test")
    yield threads
    threads.close()


class Work:
    """Work that ends only after the event, and the names of what began."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.started = threading.Event()
        self.release = threading.Event()

    def named(self, name: str) -> Callable[[], str]:
        """Return a call that notes its name."""

        def work() -> str:
            self.began.append(name)
            self.started.set()
            self.release.wait(timeout=MAX_WAIT_SECONDS)
            return name

        return work


async def test_one_beyond_the_queue_is_rejected(threads: BoundedThreads) -> None:
    work = Work()
    waiting = [asyncio.ensure_future(threads.run(work.named(name))) for name in "abc"]
    await asyncio.sleep(0)
    for name in "de":
        with pytest.raises(QueueFull):
            await threads.run(work.named(name))
    work.release.set()
    assert await asyncio.gather(*waiting) == work.began == ["a", "b", "c"]
    assert await threads.run(work.named("f")) == "f"


async def test_what_nobody_waits_for_is_not_done(threads: BoundedThreads) -> None:
    work = Work()
    first = asyncio.ensure_future(threads.run(work.named("first")))
    for _ in range(50):
        abandoned = [asyncio.ensure_future(threads.run(work.named("no"))) for _ in range(2)]
        await asyncio.sleep(0)
        for each in abandoned:
            each.cancel()
        await asyncio.gather(*abandoned, return_exceptions=True)
    last = asyncio.ensure_future(threads.run(work.named("last")))
    work.release.set()
    await asyncio.gather(first, last)
    assert work.began == ["first", "last"]


async def test_closing_waits_for_nothing_and_cancels_what_waits(threads: BoundedThreads) -> None:
    work = Work()
    first, second = (asyncio.ensure_future(threads.run(work.named(name))) for name in "ab")
    await asyncio.to_thread(work.started.wait, MAX_WAIT_SECONDS)
    threads.close()
    assert not first.done()
    work.release.set()
    assert await first == "a"
    with pytest.raises(asyncio.CancelledError):
        await second
