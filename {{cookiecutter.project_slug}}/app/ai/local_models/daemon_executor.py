"""A thread pool of daemon threads."""

from collections.abc import Callable
from concurrent.futures import Executor
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any

WorkItem = tuple[Future[Any], Callable[[], Any]]


class DaemonThreadPoolExecutor(Executor):
    """Like ThreadPoolExecutor, but its threads do not delay the exit of the process."""

    def __init__(
        self, max_workers: int, name: str, initializer: Callable[[], object] | None = None
    ) -> None:
        self._max_workers = max_workers
        self._name = name
        self._initializer = initializer
        self._work_queue: SimpleQueue[WorkItem | None] = SimpleQueue()
        self._threads: list[Thread] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Schedule a call."""
        future: Future[Any] = Future()
        self._work_queue.put((future, partial(fn, *args, **kwargs)))
        if len(self._threads) < self._max_workers:
            thread = Thread(target=self._work, name=self._name, daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads once the queue is empty. No call may be submitted afterwards."""
        while cancel_futures and not self._work_queue.empty():
            item = self._work_queue.get()
            if item is not None:
                item[0].cancel()
        for _ in self._threads:
            self._work_queue.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _work(self) -> None:
        if self._initializer is not None:
            self._initializer()
        while (item := self._work_queue.get()) is not None:
            _run(item)
            del item  # it would keep a model in memory


def _run(item: WorkItem) -> None:
    future, call = item
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
