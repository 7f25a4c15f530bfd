"""Asking again: how often, how long, and not after the first word."""

import pytest

from app.ai.llm.circuit import Circuit
from app.ai.llm.faults import fault
from app.ai.llm.port import Delta
from app.ai.llm.port import Part
from app.ai.llm.retrying import RetryingModel
from app.core.exceptions import DomainError
from tests.support.settings import make_settings
from tests.unit.llm.fakes import ANSWER
from tests.unit.llm.fakes import QUESTION
from tests.unit.llm.fakes import FakeModel


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited each time; nobody really waits."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("app.ai.llm.retrying.asyncio.sleep", wait)
    return waited


async def ask(model: FakeModel, **settings: float) -> list[Part]:
    """The whole answer."""
    circuit = Circuit(failures=100, seconds=1)
    asked = RetryingModel(model, circuit, make_settings(**settings))
    return [part async for part in asked.answer(QUESTION)]


async def test_pauses_grow_and_are_never_the_same(pauses: list[float]) -> None:
    failures: list[list[Part | DomainError]] = [[fault("llm_failed")] for _ in range(4)]
    model = FakeModel(*failures, [*ANSWER])
    assert await ask(model, llm_retries=4) == ANSWER
    for number, pause in enumerate(pauses):
        longest = 0.25 * 2**number
        assert longest / 2 <= pause <= longest
    assert len(set(pauses)) == 4


async def test_it_gives_up_after_so_many(pauses: list[float]) -> None:
    model = FakeModel([fault("llm_failed")], [fault("llm_unreachable")])
    with pytest.raises(DomainError) as error:
        await ask(model, llm_retries=1)
    assert error.value.code == "llm_unreachable"
    assert (model.attempts, len(pauses)) == (2, 1)


async def test_the_wish_of_a_busy_server_is_granted(pauses: list[float]) -> None:
    model = FakeModel([fault("llm_overloaded", retry_after=7)], [*ANSWER])
    assert await ask(model, llm_retries=1) == ANSWER
    assert pauses == [7]


async def test_a_wish_beyond_the_time_that_is_left_ends_it(pauses: list[float]) -> None:
    model = FakeModel([fault("llm_overloaded", retry_after=90)])
    with pytest.raises(DomainError) as error:
        await ask(model, llm_retries=1, llm_timeout_seconds=60)
    assert error.value.retry_after == 90
    assert pauses == []


async def test_what_has_begun_is_not_begun_again(pauses: list[float]) -> None:
    model = FakeModel([Delta("Hi"), fault("llm_cut")])
    with pytest.raises(DomainError):
        await ask(model, llm_retries=3)
    assert model.attempts == 1


async def test_closing_closes_what_is_inside() -> None:
    model = FakeModel()
    await RetryingModel(model, Circuit(1, 1), make_settings()).close()
    assert model.closed
