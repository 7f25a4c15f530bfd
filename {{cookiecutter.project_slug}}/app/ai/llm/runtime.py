"""What all calls to language models in one process share: the model, its limits, the usage."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.ai.llm.echo import EchoModel
from app.ai.llm.errors import CircuitOpen
from app.ai.llm.errors import ConcurrencyExceeded
from app.ai.llm.errors import LlmBusy
from app.ai.llm.openai_compatible import OpenAiModel
from app.ai.llm.port import LanguageModel
from app.ai.llm.retries import RetryingModel
from app.ai.llm.usage import UsageTracker
from app.core.config.llm import LlmProvider
from app.core.config.llm import LlmSettings
from app.kit.circuit_breaker import CircuitBreaker
from app.kit.client_slots import ClientSlots
from app.kit.db.database import Database
from app.kit.db.unit_of_work import UnitOfWork
from app.repositories.llm_calls import LlmCallRepository
from app.services.client_ip_hasher import ClientIpHasher

CIRCUIT_OPEN = "llm: the model server keeps failing, the circuit breaker is open"
TOTAL_EXCEEDED = "llm: LLM_TOKENS_PER_DAY_TOTAL is reached, chats are rejected until midnight UTC"


class LlmRuntime:
    """Created once from the settings. Creating it opens no connection."""

    def __init__(self, settings: LlmSettings, database: Database) -> None:
        self.breaker = CircuitBreaker(
            settings.llm_circuit_breaker_failures,
            settings.llm_circuit_breaker_seconds,
            CircuitOpen,
        )
        self.slots = _create_slots(settings)
        self.usage = UsageTracker(UnitOfWork(database, LlmCallRepository), settings)
        self.model = RetryingModel(_create_model(settings), self.breaker, settings)
        self.client_ip_hasher = ClientIpHasher(database)  # %if llm_anonymous

    @property
    def degraded_reasons(self) -> list[str]:
        """Why chats are rejected at the moment; empty if they are not."""
        reasons = {
            CIRCUIT_OPEN: self.breaker.is_open,
            TOTAL_EXCEEDED: self.usage.is_total_exceeded,
        }
        return [reason for reason, applies in reasons.items() if applies]

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Close the connections of the model at the end."""
        try:
            yield
        finally:
            await self.model.close()


def _create_slots(settings: LlmSettings) -> ClientSlots:
    limit, timeout = settings.llm_max_concurrency_per_user, settings.llm_queue_timeout_seconds
    retry_after = max(1, math.ceil(timeout))
    own_limit = f"You can run {limit} chats at the same time."
    return ClientSlots(
        settings.llm_max_concurrency,
        limit,
        timeout_seconds=timeout,
        client_rejection=lambda: ConcurrencyExceeded(retry_after, own_limit),
        total_rejection=lambda: LlmBusy(retry_after, "The server is running too many chats."),
    )


def _create_model(settings: LlmSettings) -> LanguageModel:
    if settings.llm_effective_provider is LlmProvider.ECHO:
        return EchoModel()
    return OpenAiModel(settings)
