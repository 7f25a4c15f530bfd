"""Concurrency limit, circuit breaker and retries for calls to language models."""

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AsyncExitStack
from contextlib import aclosing
from contextlib import asynccontextmanager
from contextlib import contextmanager
from itertools import count
from weakref import WeakValueDictionary

from app.ai.llm.errors import PROVIDER_ERRORS
from app.ai.llm.errors import CircuitOpen
from app.ai.llm.errors import ConcurrencyExceeded
from app.ai.llm.errors import LlmBusy
from app.ai.llm.errors import provider_error
from app.ai.llm.port import ChatCompletionRequest
from app.ai.llm.port import Chunk
from app.ai.llm.port import LanguageModel
from app.core.config.llm import LlmSettings
from app.kit.exceptions import DomainError
from app.kit.exceptions import RateLimited

MIN_USERS = 2
"""The circuit breaker never opens because of a single user."""

FIRST_BACKOFF_SECONDS = 0.25


class ConcurrencyLimiter:
    """Limits the concurrent chats of this process, and of each user. Others wait for a slot."""

    def __init__(self, limit: int, limit_per_user: int, timeout_seconds: float) -> None:
        self._slots = asyncio.Semaphore(limit)
        self._limit_per_user = limit_per_user
        self._timeout_seconds = timeout_seconds
        # An entry exists only while a chat of the user refers to it.
        self._slots_by_user: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def slot(self, user: str) -> AsyncIterator[None]:
        """Hold a slot while the context is open.

        Raises:
            ConcurrencyExceeded: the user's own chats did not free a slot in time.
            LlmBusy: the chats of all clients did not free a slot in time.
        """
        own = self._slots_by_user.setdefault(user, asyncio.Semaphore(self._limit_per_user))
        async with AsyncExitStack() as acquired:
            error: type[RateLimited] = ConcurrencyExceeded
            detail = f"You can run {self._limit_per_user} chats at the same time."
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    await acquired.enter_async_context(own)
                    error, detail = LlmBusy, "The server is running too many chats."
                    await acquired.enter_async_context(self._slots)
            except TimeoutError:
                retry_after = max(1, math.ceil(self._timeout_seconds))
                raise error(retry_after, detail) from None
            yield


class Attempt:
    """A call to the model server. Set ``succeeded``; None, such as for a client that left, is
    neither success nor failure."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.succeeded: bool | None = None


class CircuitBreaker:
    """Opens after consecutive failures. After a while, single trial calls test the server.

    One user alone cannot open it, because a request itself may make the server fail. The failures
    of one user count for at most half of the limit, and a second user must see failures as well.
    The same applies to failed trials.
    """

    def __init__(
        self, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_failures = failures
        self._max_per_user = math.ceil(failures / 2)
        self._seconds = seconds
        self._clock = clock
        self._failures: Counter[str] = Counter()
        self._retry_at: float | None = None
        self._trial: Attempt | None = None
        self._next_trial_at: dict[str, float] = {}
        """By user, for those whose trial is running or has failed."""

    @property
    def is_open(self) -> bool:
        """Whether calls are rejected, or only single trials are let through."""
        return self._retry_at is not None

    @contextmanager
    def attempt(self, user: str) -> Iterator[Attempt]:
        """Let a call of this user through, or reject it.

        Raises:
            CircuitOpen: the server has failed too often; ``retry_after`` says when to try again.
        """
        attempt = Attempt(user)
        self._before_call(attempt)
        try:
            yield attempt
        finally:
            self._after_call(attempt)

    def _before_call(self, attempt: Attempt) -> None:
        if self._retry_at is None:
            return
        now = self._clock()
        allowed_at = max(self._retry_at, self._next_trial_at.get(attempt.user, 0))
        if allowed_at > now:
            raise CircuitOpen(
                "The language model server has failed too often and is paused for a while.",
                retry_after=math.ceil(allowed_at - now),
            )
        self._trial = attempt
        self._retry_at = now + self._seconds  # another trial may start if this one takes longer
        self._next_trial_at[attempt.user] = self._retry_at + self._seconds

    def _after_call(self, attempt: Attempt) -> None:
        if attempt.succeeded:
            self._record_success()
        elif attempt is self._trial:
            self._record_failed_trial(attempt)
        elif attempt.succeeded is False and self._retry_at is None:
            self._record_failure(attempt.user)

    def _record_success(self) -> None:
        self._failures.clear()
        self._next_trial_at.clear()
        self._retry_at = self._trial = None

    def _record_failure(self, user: str) -> None:
        self._failures[user] = min(self._failures[user] + 1, self._max_per_user)
        if len(self._failures) >= MIN_USERS and self._failures.total() >= self._max_failures:
            self._open()

    def _record_failed_trial(self, attempt: Attempt) -> None:
        """Allow the next trial at once, unless the trial of a second user has failed."""
        self._trial = None
        now = self._clock()
        if attempt.succeeded is None:
            self._retry_at = now
            del self._next_trial_at[attempt.user]
            return
        self._next_trial_at[attempt.user] = now + self._seconds
        if len(self._next_trial_at) < MIN_USERS:
            self._retry_at = now
        else:
            self._open()

    def _open(self) -> None:
        self._retry_at = self._clock() + self._seconds
        self._next_trial_at.clear()


class RetryingModel:
    """Retries failed calls within a time limit, but never after the first chunk."""

    def __init__(
        self, model: LanguageModel, breaker: CircuitBreaker, settings: LlmSettings
    ) -> None:
        self._model = model
        self._breaker = breaker
        self._max_retries = settings.llm_max_retries
        self._timeout_seconds = settings.llm_timeout_seconds

    async def stream(self, request: ChatCompletionRequest) -> AsyncGenerator[Chunk, None]:
        """Yield the chunks of the first successful attempt."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout_seconds
        for retries in count():
            started = False
            with self._breaker.attempt(request.user) as attempt:
                try:
                    async with aclosing(_stream_until(deadline, self._model, request)) as chunks:
                        async for chunk in chunks:
                            started = True
                            yield chunk
                except DomainError as error:
                    failure = PROVIDER_ERRORS[error.code]
                    if failure.trips_breaker:
                        attempt.succeeded = False
                    wait = _retry_wait(retries, error)
                    out_of_time = loop.time() + wait >= deadline
                    out_of_retries = retries >= self._max_retries
                    if started or out_of_time or out_of_retries or not failure.retry:
                        raise
                else:
                    attempt.succeeded = True
                    return
            await asyncio.sleep(wait)

    async def close(self) -> None:
        """Close all connections."""
        await self._model.close()


async def _stream_until(
    deadline: float, model: LanguageModel, request: ChatCompletionRequest
) -> AsyncGenerator[Chunk, None]:
    """Yield the chunks of one attempt. The deadline never interrupts the consumer of a chunk."""
    loop = asyncio.get_running_loop()
    async with aclosing(model.stream(request)) as chunks:
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(chunks, None)
            except TimeoutError:
                raise provider_error("llm_timeout") from None
            if chunk is None:
                return
            if loop.time() >= deadline:  # timeout_at does not fire if chunks are ready at once
                raise provider_error("llm_timeout")
            yield chunk


def _retry_wait(retries: int, error: DomainError) -> float:
    """Return the seconds until the next attempt: exponential backoff with jitter.

    An overloaded server can ask for a longer wait by ``Retry-After``.
    """
    max_backoff: float = FIRST_BACKOFF_SECONDS * 2**retries
    backoff = max_backoff * random.uniform(0.5, 1)  # noqa: S311 - not used for security
    requested_wait = error.retry_after or 0 if error.code == "llm_overloaded" else 0
    return max(backoff, requested_wait)
