"""A language model that is asked again when it fails, within a time of its own."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import count

from app.ai.llm.circuit import Circuit
from app.ai.llm.faults import FAULTS
from app.ai.llm.faults import fault
from app.ai.llm.port import LanguageModel
from app.ai.llm.port import Part
from app.ai.llm.port import Question
from app.core.config.llm import LlmSettings
from app.core.exceptions import DomainError

FIRST_PAUSE_SECONDS = 0.25


class RetryingModel:
    """Tries again as long as nothing was answered, there is time, and the circuit is closed."""

    def __init__(self, model: LanguageModel, circuit: Circuit, settings: LlmSettings) -> None:
        self._model = model
        self._circuit = circuit
        self._retries = settings.llm_retries
        self._seconds = settings.llm_timeout_seconds

    async def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        """The answer of the first attempt that gives one."""
        deadline = asyncio.get_running_loop().time() + self._seconds
        for attempt in count():
            begun = False
            self._circuit.enter()
            try:
                async with aclosing(_until(deadline, self._model, question)) as parts:
                    async for part in parts:
                        begun = True
                        yield part
            except DomainError as error:
                self._judge(error)
                pause = _pause(attempt, error)
                late = asyncio.get_running_loop().time() + pause >= deadline
                if begun or late or attempt >= self._retries or not FAULTS[error.code].retry:
                    raise
                await asyncio.sleep(pause)
            else:
                self._circuit.succeeded()
                return

    async def close(self) -> None:
        """Let go of connections."""
        await self._model.close()

    def _judge(self, error: DomainError) -> None:
        if FAULTS[error.code].ill:
            self._circuit.failed()
        else:
            self._circuit.succeeded()  # it answers, if only with a refusal


async def _until(
    deadline: float, model: LanguageModel, question: Question
) -> AsyncGenerator[Part, None]:
    """The parts of one attempt. The time is checked while waiting, never while a part is used."""
    async with aclosing(model.answer(question)) as parts:
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    part = await anext(parts, None)
            except TimeoutError:
                raise fault("llm_timeout") from None
            if part is None:
                return
            yield part


def _pause(attempt: int, error: DomainError) -> float:
    """Seconds before the next attempt: what the server wishes, or more each time, by chance."""
    longest: float = FIRST_PAUSE_SECONDS * 2**attempt
    jittered = longest * random.uniform(0.5, 1)  # noqa: S311 - no secret
    wished = error.retry_after or 0 if error.code == "llm_overloaded" else 0
    return max(jittered, wished)
