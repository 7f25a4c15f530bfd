"""The usage of a call, however it ends."""

import pytest

from app.ai.llm.port import ChatCompletionRequest
from app.ai.llm.port import Completed
from app.ai.llm.port import Message
from app.ai.llm.port import TextDelta
from app.ai.llm.port import TokenUsage
from app.ai.llm.usage import REASONING_TOKENS_PER_SECOND
from app.ai.llm.usage import UsageMeter
from app.models.llm_call import CANCELLED
from app.schemas.llm import ChatRole
from app.schemas.llm import FinishReason
from tests.ai.llm.fakes import Clock

REQUEST = ChatCompletionRequest("small", (Message(ChatRole.USER, "Hello"),), max_tokens=1000)
PROMPT = REQUEST.estimated_prompt_tokens


@pytest.fixture
def clock() -> Clock:
    """Return a fake clock."""
    return Clock()


@pytest.fixture
def meter(clock: Clock) -> UsageMeter:
    """Return the meter of a call that was sent."""
    meter = UsageMeter(REQUEST, clock)
    meter.start()
    return meter


@pytest.mark.parametrize("outcome", [CANCELLED, "llm_timeout", "llm_cut"])
def test_reasoning_tokens_are_estimated_from_the_time(
    meter: UsageMeter, clock: Clock, outcome: str
) -> None:
    meter.outcome = outcome
    assert meter.usage == TokenUsage(PROMPT, 0)
    clock.now += 3
    assert meter.usage == TokenUsage(PROMPT, 3 * REASONING_TOKENS_PER_SECOND)
    assert meter.duration_ms == 3000


def test_reasoning_tokens_are_limited_by_max_tokens(meter: UsageMeter, clock: Clock) -> None:
    clock.now += 100
    assert meter.usage == TokenUsage(PROMPT, 1000)


def test_reasoning_ends_with_the_first_chunk(meter: UsageMeter, clock: Clock) -> None:
    clock.now += 1
    meter.count(TextDelta("Tea"))
    clock.now += 10
    meter.count(TextDelta(" is"))
    assert meter.usage == TokenUsage(PROMPT, REASONING_TOKENS_PER_SECOND + 2)


@pytest.mark.parametrize("outcome", ["llm_failed", "llm_unreachable", "llm_circuit_open"])
def test_an_error_before_the_response_costs_nothing(
    meter: UsageMeter, clock: Clock, outcome: str
) -> None:
    clock.now += 10
    meter.outcome = outcome
    assert meter.usage == TokenUsage(0, 0)


def test_reported_usage_overrides_the_estimate(meter: UsageMeter, clock: Clock) -> None:
    clock.now += 10
    meter.count(TextDelta("Tea"))
    meter.count(Completed(FinishReason.STOP, TokenUsage(7, 5)))
    assert meter.usage == TokenUsage(7, 5)


def test_a_complete_response_without_reported_usage_is_estimated_from_its_text(
    meter: UsageMeter, clock: Clock
) -> None:
    clock.now += 10
    meter.count(TextDelta("Tea"))
    meter.count(Completed(FinishReason.STOP, None))
    assert meter.usage == TokenUsage(PROMPT, 1)
