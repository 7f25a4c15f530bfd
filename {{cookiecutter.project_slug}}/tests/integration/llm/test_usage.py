"""The book of calls: what is reserved, what is settled, and what is left."""

import asyncio
from datetime import UTC
from datetime import datetime
from datetime import timedelta

import pytest
from httpx2 import AsyncClient

from app.ai.llm import ledger
from tests.integration.llm.conftest import Asking
from tests.support.fake_llm import USAGE
from tests.support.fake_llm import FakeLlm
from tests.support.llm_calls import calls_of
from tests.support.llm_calls import settled_calls_of
from tests.support.problems import problem_of
from tests.support.streams import hello

LLM = "/api/v1/ai/llm"


async def use(client: AsyncClient) -> dict[str, int]:
    """What was used today."""
    today: dict[str, int] = (await client.get(f"{LLM}/usage")).json()["today"]
    return today


async def test_at_first_nothing_is_used(asking: Asking) -> None:
    client = await asking.client(llm_tokens_per_day=1000)
    usage = (await client.get(f"{LLM}/usage")).json()
    nothing = {"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    assert usage["today"] == usage["this_month"] == nothing
    assert usage["tokens_per_day"] == usage["tokens_left_today"] == 1000
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert usage["resets_at"].startswith(tomorrow.date().isoformat())


async def test_each_call_is_booked_with_what_the_server_counted(asking: Asking) -> None:
    client = await asking.client(llm_tokens_per_day=5000)
    for _ in range(2):
        assert (await client.post(f"{LLM}/chat", json=hello())).status_code == 200
    usage = (await client.get(f"{LLM}/usage")).json()
    assert usage["today"] == {"calls": 2, **{name: 2 * USAGE[name] for name in USAGE}}
    assert usage["this_month"] == usage["today"]
    assert usage["tokens_left_today"] == 5000 - 30
    for call in await calls_of(asking.started[-1]):
        assert (call.model, call.outcome) == ("small", "done")
        assert (call.prompt_tokens, call.completion_tokens) == (12, 3)
        assert call.milliseconds >= 0


async def test_a_call_that_may_cost_more_than_is_left_is_refused(
    asking: Asking, fake: FakeLlm
) -> None:
    client = await asking.client(llm_tokens_per_day=115, llm_max_tokens=100)
    assert (await client.post(f"{LLM}/chat", json=hello())).status_code == 200
    for path in ("chat", "chat/stream"):
        refused = await client.post(f"{LLM}/{path}", json=hello())
        problem = problem_of(refused, 429, "llm_quota_exceeded")
        assert "115 tokens of a day" in problem["detail"]
        assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
    assert await use(client) == {"calls": 1, **USAGE}
    assert (await client.post(f"{LLM}/chat", json=hello(max_tokens=50))).status_code == 200
    assert len(fake.asked) == 2


async def test_calls_that_come_at_once_do_not_exceed_the_quota(
    asking: Asking, fake: FakeLlm
) -> None:
    client = await asking.client(llm_tokens_per_day=450, llm_max_tokens=100)
    answers = await asyncio.gather(*(client.post(f"{LLM}/chat", json=hello()) for _ in range(12)))
    for answer in answers:
        assert answer.status_code in {200, 429}
    assert (await use(client))["calls"] == len(fake.asked)
    statuses = [answer.status_code for answer in answers]
    assert 429 in statuses
    # Four fit at once; a call that is over makes room for another.
    assert sum(call.completion_tokens for call in await calls_of(asking.started[-1])) <= 450


async def test_while_a_call_runs_the_most_it_may_cost_is_booked(
    asking: Asking, fake: FakeLlm
) -> None:
    async def look(conversation: object) -> None:
        (call,) = await calls_of(asking.started[-1])
        seen.append((call.outcome, call.completion_tokens))

    seen: list[tuple[str, int]] = []
    fake.will(look)
    client = await asking.client(llm_max_tokens=77)
    await client.post(f"{LLM}/chat", json=hello())
    assert seen == [("running", 77)]


async def test_a_new_day_has_a_new_quota(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await asking.client(llm_tokens_per_day=115, llm_max_tokens=100)
    assert (await client.post(f"{LLM}/chat", json=hello())).status_code == 200
    problem_of(await client.post(f"{LLM}/chat", json=hello()), 429, "llm_quota_exceeded")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(ledger, "utc_now", lambda: tomorrow)
    # The book is written with the real time, so yesterday's call is the only one there is.
    assert (await client.post(f"{LLM}/chat", json=hello())).status_code == 200
    assert len(await settled_calls_of(asking.started[-1], 2)) == 2
