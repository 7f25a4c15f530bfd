"""Retries for calls to language models."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import count

from app.ai.llm.errors import PROVIDER_ERRORS
from app.ai.llm.errors import provider_error
from app.ai.llm.port import ChatCompletionRequest
from app.ai.llm.port import Chunk
from app.ai.llm.port import LanguageModel
from app.core.config.llm import LlmSettings
from app.kit.circuit_breaker import CircuitBreaker
from app.kit.exceptions import DomainError

FIRST_BACKOFF_SECONDS = 0.25


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
