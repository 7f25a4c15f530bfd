"""Dynamic batching: inputs that wait at the same time run in one batch, which is cheaper.

This module is independent of models: it passes lists of inputs to a coroutine function. Work is
measured in tokens, which another function counts.
"""

import asyncio
import math
import time
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from typing import Protocol

from app.ai.custom_models.fair_queue import FairQueue

BATCH_WAIT_SECONDS = 0.005
"""How long the first input of a batch waits for others."""

WINDOW_BATCHES = 4
"""Inputs are reordered by length only within this many batches."""


class Batchable(Protocol):
    """An input of a model, as far as batching is concerned."""

    @property
    def size(self) -> int:
        """Its length; the inputs of a batch are padded to the longest."""
        ...

    @property
    def group(self) -> Hashable:
        """Inputs of one batch must have the same group."""
        ...


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Limits of a batch, a request and the queue."""

    batch_size: int
    batch_tokens: int
    """Maximum tokens per batch, padding included."""
    max_padding: float
    max_request_tokens: int
    """Also the maximum number of queued tokens per client."""
    max_queued_tokens: int


class QueueFull(Exception):
    """Too many tokens are queued; there will be room in ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


class RequestTooLarge(Exception):
    """A request has more tokens than any request may have."""

    def __init__(self, tokens: int, limit: int) -> None:
        super().__init__(f"{tokens} tokens, limit {limit}")
        self.tokens = tokens
        self.limit = limit


class InputFailed(Exception):
    """The model failed on one input of a request."""

    def __init__(self, index: int, reason: Exception) -> None:
        super().__init__(str(reason))
        self.index = index
        self.reason = reason


class PendingRequest:
    """Collects the outputs of one request."""

    def __init__(self, count: int) -> None:
        self.outputs: list[Any] = [None] * count
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._missing = count

    def deliver(self, index: int, output: Any) -> None:
        """Store an output. The last output or the first exception completes the request."""
        if self.done.done():
            return
        if isinstance(output, Exception):
            self.done.set_exception(InputFailed(index, output))
            return
        self.outputs[index] = output
        self._missing -= 1
        if not self._missing:
            self.done.set_result(None)


@dataclass(eq=False, slots=True)
class QueuedInput:
    """One input in the queue."""

    input: Batchable
    tokens: int
    client: Hashable
    request: PendingRequest
    index: int
    queued_at: float
    finish_tag: float = 0


class Batcher:
    """The queue of one model, and the task that runs its batches."""

    def __init__(
        self,
        predict: Callable[[Sequence[Any]], Awaitable[list[Any]]],
        count_tokens: Callable[[Any], int],
        limits: BatchLimits,
        workers: int = 1,
    ) -> None:
        self._predict = predict
        self._count_tokens = count_tokens
        self._limits = limits
        self._queue: FairQueue[QueuedInput] = FairQueue()
        self._not_empty = asyncio.Event()
        self._batch_ready = asyncio.Event()
        self._concurrent = False
        self._seconds_per_token = 0.0
        self._free_workers = asyncio.Semaphore(workers)
        self._running: set[asyncio.Task[None]] = set()
        self._worker: asyncio.Task[None] | None = None

    async def submit(self, inputs: Sequence[Batchable], client: Hashable = None) -> list[Any]:
        """Return the outputs, in order. Cancelling removes inputs that have not started.

        Raises:
            RequestTooLarge: the request exceeds the limit of tokens.
            QueueFull: the queue or the client's share of it is full.
            InputFailed: the model failed on one input. Other requests are not affected.
        """
        request, now = PendingRequest(len(inputs)), time.monotonic()
        queued = [
            QueuedInput(each, self._count_tokens(each), client, request, index, now)
            for index, each in enumerate(inputs)
        ]
        self._check_limits(sum(each.tokens for each in queued), client)
        self._queue.add(queued)
        self._update_events()
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        try:
            await request.done
        finally:
            request.done.cancel()
            self._queue.remove(queued)
            self._update_events()
        return request.outputs

    async def close(self) -> None:
        """Cancel all tasks. No request may be pending."""
        tasks = [*self._running, *([self._worker] if self._worker else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _check_limits(self, tokens: int, client: Hashable) -> None:
        if tokens > self._limits.max_request_tokens:
            raise RequestTooLarge(tokens, self._limits.max_request_tokens)
        for queued, limit in (
            (self._queue.client_tokens(client), self._limits.max_request_tokens),
            (self._queue.tokens, self._limits.max_queued_tokens),
        ):
            if queued and queued + tokens > limit:
                raise QueueFull(max(1, math.ceil(queued * self._seconds_per_token)))

    def _update_events(self) -> None:
        for event, count in ((self._not_empty, 1), (self._batch_ready, self._limits.batch_size)):
            if len(self._queue) >= count:
                event.set()
            else:
                event.clear()

    async def _work(self) -> None:
        while True:
            await self._not_empty.wait()
            await self._free_workers.acquire()
            await self._wait_for_more()
            batch = self._next_batch()
            task = asyncio.create_task(self._run(batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _wait_for_more(self) -> None:
        """Wait a moment for a full batch, unless the last batch came from one request only."""
        if not self._concurrent:
            return
        queued_at = min((each.queued_at for each in self._window()), default=0)
        seconds_left = queued_at + BATCH_WAIT_SECONDS - time.monotonic()
        if seconds_left <= 0:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds_left):
                await self._batch_ready.wait()

    def _window(self) -> list[QueuedInput]:
        return self._queue.peek(WINDOW_BATCHES * self._limits.batch_size)

    def _next_batch(self) -> list[QueuedInput]:
        """Take the first input from the queue, with the inputs that fit best into its batch."""
        window = self._window()
        if not window:  # all were cancelled in the meantime
            return []
        self._concurrent = len({id(each.request) for each in window}) > 1
        batch = next(each for each in make_batches(window, self._limits) if window[0] in each)
        self._queue.take(batch)
        self._update_events()
        return batch

    async def _run(self, batch: list[QueuedInput]) -> None:
        """Run a batch, free its worker, and deliver the outputs."""
        try:
            results = await self._compute(batch)
        finally:
            self._free_workers.release()
        await _deliver(results)

    async def _compute(self, batch: list[QueuedInput]) -> list[tuple[QueuedInput, Any]]:
        """Return the outputs of all inputs whose request is still pending.

        If the batch fails, each input runs alone and is delivered at once; nothing is returned.
        """
        batch = [each for each in batch if not each.request.done.done()]
        if not batch:
            return []
        inputs = [each.input for each in batch]
        start = time.monotonic()
        try:
            outputs = await self._predict(inputs)
            results = list(zip(batch, outputs, strict=True))
        except Exception as error:
            if len(batch) == 1:
                return [(batch[0], error)]
            for each in batch:
                await _deliver(await self._compute([each]))
            return []
        tokens = sum(each.tokens for each in batch)
        self._seconds_per_token = (time.monotonic() - start) / tokens
        return results


async def _deliver(results: list[tuple[QueuedInput, Any]]) -> None:
    """Deliver outputs, and yield to the event loop after each completed request."""
    for queued, output in results:
        queued.request.deliver(queued.index, output)
        if queued.request.done.done():
            await asyncio.sleep(0)


def make_batches(inputs: Sequence[QueuedInput], limits: BatchLimits) -> Iterator[list[QueuedInput]]:
    """Yield batches within the limits, each of one group and of similar sizes, longest first.

    A batch ends when its padding would cost more than another batch; see ``max_padding``.
    """
    groups: dict[Hashable, list[QueuedInput]] = {}
    for each in inputs:
        groups.setdefault(each.input.group, []).append(each)
    for group in groups.values():
        group.sort(key=lambda each: each.input.size, reverse=True)
        batch: list[QueuedInput] = []
        padding, max_tokens = 0.0, 0
        for each in group:
            padding += batch[0].input.size - each.input.size if batch else 0
            max_tokens = max(max_tokens, each.tokens)
            tokens = (len(batch) + 1) * max_tokens
            full = len(batch) == limits.batch_size or tokens > limits.batch_tokens
            if batch and (full or padding > limits.max_padding):
                yield batch
                batch, padding, max_tokens = [], 0.0, each.tokens
            batch.append(each)
        yield batch
