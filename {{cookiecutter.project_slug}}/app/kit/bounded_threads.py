"""A thread pool with a bounded queue, for work that keeps a CPU busy."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.kit.exceptions import Unavailable

T = TypeVar("T")


class BoundedThreads:
    """Runs work in threads, and rejects it if too much is waiting already."""

    def __init__(
        self, workers: int, queue_size: int, rejection: type[Unavailable], *, name: str
    ) -> None:
        """Up to ``queue_size`` calls wait for one of the ``workers``; then raise ``rejection``."""
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._max_pending = workers + queue_size
        self._rejection = rejection
        self._pending = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Run ``work`` in a thread; a caller that is cancelled before the start removes it.

        Raises:
            Unavailable: the queue is full.
        """
        if self._pending >= self._max_pending:
            raise self._rejection
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._pending -= 1

    def submit(self, work: Callable[[], object]) -> None:
        """Run ``work`` in a thread, without waiting for it; the queue does not count it."""
        self._threads.submit(work)

    def close(self) -> None:
        """Stop the threads and cancel queued work."""
        self._threads.shutdown(wait=False, cancel_futures=True)
