"""Micro-batches: questions that come at the same time are answered together, which is cheaper.

Knows nothing of models: it hands lists of questions to a function that runs in a thread.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from typing import Protocol

WAIT_SECONDS = 0.005
"""How long the first question waits for others."""

WINDOW = 4
"""So many batches are sorted together; who comes later is not overtaken by more than these."""


class Sized(Protocol):
    """What the order of questions is decided by."""

    @property
    def size(self) -> int:
        """How long it is: those of one batch are padded to the longest."""
        ...

    @property
    def group(self) -> Hashable:
        """Only questions of one group are answered together."""
        ...


class QueueFull(Exception):
    """Too many wait already; there will be room in so many seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"room in {retry_after} s")
        self.retry_after = retry_after


class Refused(Exception):
    """One question of a request is not answered: which one, and why."""

    def __init__(self, index: int, reason: Exception) -> None:
        super().__init__(str(reason))
        self.index = index
        self.reason = reason


class Ticket:
    """The questions of one request, while somebody waits for their answers."""

    def __init__(self, count: int) -> None:
        self.answers: list[Any] = [None] * count
        self.missing = count
        self.waiting = count
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self, index: int, answer: Any) -> None:
        """Put an answer in its place; the last one, or a refusal, ends the waiting."""
        if self.done.done():
            return
        if isinstance(answer, Exception):
            self.done.set_exception(Refused(index, answer))
            return
        self.answers[index] = answer
        self.missing -= 1
        if not self.missing:
            self.done.set_result(None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One question in the queue."""

    question: Sized
    ticket: Ticket
    index: int
    since: float


class Batcher:
    """The queue of one model, and the task that empties it, one batch after the other."""

    def __init__(
        self,
        answer: Callable[[Sequence[Any]], list[Any]],
        executor: Executor,
        *,
        batch_size: int,
        queue_size: int,
        padding: float,
        workers: int = 1,
    ) -> None:
        self._answer = answer
        self._executor = executor
        self._batch_size = batch_size
        self._queue_size = queue_size
        self._padding = padding
        self._queue: deque[Entry] = deque()
        self._waiting = 0
        self._filled = asyncio.Event()
        self._full = asyncio.Event()
        self._crowded = False
        self._seconds_each = 0.0
        self._free = asyncio.Semaphore(workers)
        self._running: set[asyncio.Task[None]] = set()
        self._worker: asyncio.Task[None] | None = None

    async def submit(self, questions: Sequence[Sized]) -> list[Any]:
        """The answers, in order. Who cancels this is dropped before it runs.

        Raises:
            QueueFull: too many wait.
            Refused: a question cannot be answered; those of others are all the same.
        """
        if self._waiting and self._waiting + len(questions) > self._queue_size:
            raise QueueFull(max(1, math.ceil(self._waiting * self._seconds_each)))
        ticket, now = Ticket(len(questions)), time.monotonic()
        self._queue.extend(
            Entry(question, ticket, index, now) for index, question in enumerate(questions)
        )
        self._waiting += ticket.waiting
        self._filled.set()
        if self._waiting >= self._batch_size:
            self._full.set()
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        try:
            await ticket.done
        finally:
            ticket.done.cancel()
            self._waiting -= ticket.waiting
            ticket.waiting = 0
        return ticket.answers

    async def close(self) -> None:
        """End all tasks. Nobody may be waiting any more."""
        tasks = [*self._running, *([self._worker] if self._worker else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            await self._filled.wait()
            async with self._free:  # what comes before somebody can work on it is sorted with it
                await self._collect()
                window = self._window()
            self._crowded = len({id(entry.ticket) for entry in window}) > 1
            for batch in batches(window, self._batch_size, self._padding):
                await self._free.acquire()
                task = asyncio.create_task(self._run(batch))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _collect(self) -> None:
        """Wait for others, unless whoever asks has been alone: then it would be for nothing."""
        since = self._queue[0].since
        rest = since + WAIT_SECONDS - time.monotonic()
        if not self._crowded or rest <= 0:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(rest):
                await self._full.wait()

    def _window(self) -> list[Entry]:
        """The oldest questions that somebody still waits for."""
        window: list[Entry] = []
        while self._queue and len(window) < WINDOW * self._batch_size:
            entry = self._queue.popleft()
            if not entry.ticket.done.done():
                entry.ticket.waiting -= 1
                self._waiting -= 1
                window.append(entry)
        if not self._queue:
            self._filled.clear()
        if self._waiting < self._batch_size:
            self._full.clear()
        return window

    async def _run(self, batch: list[Entry]) -> None:
        """Answer a batch, and let the next one begin."""
        try:
            answered = await self._ask(batch)
        finally:
            self._free.release()
        await _hand_out(answered)

    async def _ask(self, batch: list[Entry]) -> list[tuple[Entry, Any]]:
        """The answers for those that somebody still waits for.

        After a failure each is asked alone and answered at once, so none is left to hand out.
        """
        batch = [entry for entry in batch if not entry.ticket.done.done()]
        if not batch:
            return []
        questions = [entry.question for entry in batch]
        start = time.monotonic()
        try:
            loop = asyncio.get_running_loop()
            answers = await loop.run_in_executor(self._executor, self._answer, questions)
            answered = list(zip(batch, answers, strict=True))
        except Exception as error:
            if len(batch) == 1:
                return [(batch[0], error)]
            for entry in batch:
                await _hand_out(await self._ask([entry]))
            return []
        self._seconds_each = (time.monotonic() - start) / len(batch)
        return answered


async def _hand_out(answered: list[tuple[Entry, Any]]) -> None:
    """Give answers to those who wait; others get a turn between two of them."""
    for entry, answer in answered:
        entry.ticket.take(entry.index, answer)
        if entry.ticket.done.done():
            await asyncio.sleep(0)


def batches(entries: Sequence[Entry], size: int, padding: float) -> Iterator[list[Entry]]:
    """Batches of at most so many, each of one group and of alike sizes.

    The longest come first. A batch ends when padding its members to its first one would cost more
    than a batch of their own, which is what ``padding`` says.
    """
    groups: dict[Hashable, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.question.group, []).append(entry)
    for group in groups.values():
        group.sort(key=lambda entry: entry.question.size, reverse=True)
        batch: list[Entry] = []
        padded = 0.0
        for entry in group:
            padded += batch[0].question.size - entry.question.size if batch else 0
            if batch and (len(batch) == size or padded > padding):
                yield batch
                batch, padded = [], 0.0
            batch.append(entry)
        yield batch
