"""LlmApps again: how often, how long, and not after the first word."""

import pytest

from app.ai.llm.errors import CircuitOpen
from app.ai.llm.errors import provider_error
from app.ai.llm.port import Chunk
from app.ai.llm.port import TextDelta
from app.ai.llm.retries import RetryingModel
from app.kit.circuit_breaker import CircuitBreaker
from app.kit.exceptions import DomainError
from tests.ai.llm.fakes import REQUEST
from tests.ai.llm.fakes import RESPONSE
from tests.ai.llm.fakes import FakeModel
from tests.support.settings import make_settings


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the seconds between attempts, without waiting."""
    recorded: list[float] = []

    async def sleep(seconds: float) -> None:
        recorded.append(seconds)

    monkeypatch.setattr("app.ai.llm.retries.asyncio.sleep", sleep)
    return recorded


async def complete(model: FakeModel, **settings: float) -> list[Chunk]:
    """Return all chunks."""
    breaker = CircuitBreaker(100, 1, CircuitOpen)
    retrying = RetryingModel(model, breaker, make_settings(**settings))
    return [chunk async for chunk in retrying.stream(REQUEST)]


async def test_waits_grow_exponentially_with_jitter(waits: list[float]) -> None:
    failures: list[list[Chunk | DomainError]] = [[provider_error("llm_failed")] for _ in range(4)]
    model = FakeModel(*failures, [*RESPONSE])
    assert await complete(model, llm_max_retries=4) == RESPONSE
    for number, seconds in enumerate(waits):
        maximum = 0.25 * 2**number
        assert maximum / 2 <= seconds <= maximum
    assert len(set(waits)) == 4


async def test_retries_are_limited(waits: list[float]) -> None:
    model = FakeModel([provider_error("llm_failed")], [provider_error("llm_unreachable")])
    with pytest.raises(DomainError) as error:
        await complete(model, llm_max_retries=1)
    assert error.value.code == "llm_unreachable"
    assert (model.attempts, len(waits)) == (2, 1)


async def test_the_retry_after_of_an_overloaded_server_is_respected(waits: list[float]) -> None:
    model = FakeModel([provider_error("llm_overloaded", retry_after=7)], [*RESPONSE])
    assert await complete(model, llm_max_retries=1) == RESPONSE
    assert waits == [7]


async def test_a_retry_after_beyond_the_deadline_ends_the_request(waits: list[float]) -> None:
    model = FakeModel([provider_error("llm_overloaded", retry_after=90)])
    with pytest.raises(DomainError) as error:
        await complete(model, llm_max_retries=1, llm_timeout_seconds=60)
    assert error.value.retry_after == 90
    assert waits == []


async def test_a_response_that_has_started_is_not_retried(waits: list[float]) -> None:
    model = FakeModel([TextDelta("Hi"), provider_error("llm_cut")])
    with pytest.raises(DomainError):
        await complete(model, llm_max_retries=3)
    assert model.attempts == 1


async def test_closing_closes_the_inner_model() -> None:
    model = FakeModel()
    await RetryingModel(model, CircuitBreaker(1, 1, CircuitOpen), make_settings()).close()
    assert model.closed
