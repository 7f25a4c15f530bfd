"""Usage and quotas: reservations, recorded usage, and what is left."""

import asyncio
import logging
from datetime import UTC
from datetime import datetime
from datetime import timedelta

import pytest
from httpx2 import AsyncClient
from sqlalchemy import update

from app.ai.llm import usage as usage_module
from app.models.llm_call import LlmCall
from tests.integration.llm.conftest import LlmApps
from tests.support.fake_llm import USAGE
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import fall_silent
from tests.support.llm_calls import read_calls
from tests.support.llm_calls import read_finished_calls
from tests.support.problems import problem_of
from tests.support.streams import hello
from tests.support.waiting import MAX_WAIT_SECONDS

LLM = "/api/v1/ai/llm"


async def read_today(client: AsyncClient) -> dict[str, int]:
    """Return the usage of today."""
    today: dict[str, int] = (await client.get(f"{LLM}/usage")).json()["today"]
    return today


async def test_the_usage_starts_at_zero(llm_apps: LlmApps) -> None:
    client = await llm_apps.client(llm_tokens_per_day=1000)
    usage = (await client.get(f"{LLM}/usage")).json()
    nothing = {"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    assert usage["today"] == usage["this_month"] == nothing
    assert usage["tokens_per_day"] == usage["tokens_left_today"] == 1000
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert usage["resets_at"].startswith(tomorrow.date().isoformat())


async def test_the_usage_that_the_server_reports_is_recorded(llm_apps: LlmApps) -> None:
    client = await llm_apps.client(llm_tokens_per_day=5000)
    for _ in range(2):
        assert (await client.post(f"{LLM}/chat", json=hello())).status_code == 200
    usage = (await client.get(f"{LLM}/usage")).json()
    assert usage["today"] == {"calls": 2, **{name: 2 * USAGE[name] for name in USAGE}}
    assert usage["this_month"] == usage["today"]
    assert usage["tokens_left_today"] == 5000 - 30
    for call in await read_calls(llm_apps.started[-1]):
        assert (call.model, call.outcome) == ("small", "done")
        assert (call.prompt_tokens, call.completion_tokens) == (12, 3)
        assert call.duration_ms >= 0


async def test_a_call_that_could_exceed_the_quota_is_rejected(
    llm_apps: LlmApps, fake: FakeLlm
) -> None:
    client = await llm_apps.client(llm_tokens_per_day=115, llm_max_tokens=100)
    assert (await client.post(f"{LLM}/chat", json=hello())).status_code == 200
    for path in ("chat", "chat/stream"):
        rejected = await client.post(f"{LLM}/{path}", json=hello())
        problem = problem_of(rejected, 429, "llm_quota_exceeded")
        assert "115 tokens a day" in problem["detail"]
        assert 0 < int(rejected.headers["Retry-After"]) <= 24 * 3600
    assert await read_today(client) == {"calls": 1, **USAGE}
    assert (await client.post(f"{LLM}/chat", json=hello(max_tokens=50))).status_code == 200
    assert len(fake.requests) == 2


async def test_concurrent_calls_do_not_exceed_the_quota(llm_apps: LlmApps, fake: FakeLlm) -> None:
    client = await llm_apps.client(llm_tokens_per_day=450, llm_max_tokens=100)
    responses = await asyncio.gather(*(client.post(f"{LLM}/chat", json=hello()) for _ in range(12)))
    for response in responses:
        assert response.status_code in {200, 429}
    assert (await read_today(client))["calls"] == len(fake.requests)
    statuses = [response.status_code for response in responses]
    assert 429 in statuses
    # Four fit at the same time; a finished call makes room for another.
    assert sum(call.completion_tokens for call in await read_calls(llm_apps.started[-1])) <= 450


async def test_all_users_together_have_a_total_quota(
    llm_apps: LlmApps, fake: FakeLlm, caplog: pytest.LogCaptureFixture
) -> None:
    client = await llm_apps.client(llm_tokens_per_day_total=130, llm_max_tokens=100)
    logging.getLogger().addHandler(caplog.handler)
    other = await llm_apps.another_client(2)
    assert (await client.post(f"{LLM}/chat", json=hello())).status_code == 200
    assert (await client.get("/health/ready")).json() == {"status": "ok"}
    assert (await other.post(f"{LLM}/chat", json=hello())).status_code == 200
    for one, path in ((client, "chat"), (other, "chat/stream")):
        rejected = await one.post(f"{LLM}/{path}", json=hello())
        problem_of(rejected, 503, "llm_total_quota_exceeded")
        assert 0 < int(rejected.headers["Retry-After"]) <= 24 * 3600
    assert len(fake.requests) == 2
    assert caplog.text.count("LLM_TOKENS_PER_DAY_TOTAL (130) is reached") == 1
    (reason,) = (await client.get("/health/ready")).json()["details"]
    assert "LLM_TOKENS_PER_DAY_TOTAL" in reason
    usage = (await other.get(f"{LLM}/usage")).json()
    assert usage["today"] == {"calls": 1, **USAGE}
    assert usage["tokens_left_today"] == usage["tokens_per_day"] - 15
    assert (await other.post(f"{LLM}/chat", json=hello(max_tokens=50))).status_code == 200


async def test_concurrent_calls_of_several_users_do_not_exceed_the_total_quota(
    llm_apps: LlmApps, fake: FakeLlm
) -> None:
    fake.respond_with(fall_silent)
    client = await llm_apps.client(llm_tokens_per_day_total=450, llm_max_tokens=100)
    clients = [client, *[await llm_apps.another_client(number) for number in range(2, 5)]]
    chats = [
        asyncio.create_task(one.post(f"{LLM}/chat", json=hello()))
        for one in clients
        for _ in range(3)
    ]
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while True:
            if len(fake.requests) + sum(chat.done() for chat in chats) == len(chats):
                break
            await asyncio.sleep(0.02)
    reserved = sum(call.completion_tokens for call in await read_calls(llm_apps.started[-1]))
    for chat in chats:
        chat.cancel()
    await asyncio.wait(chats)
    assert reserved <= 450
    assert len(fake.requests) <= 4


async def test_the_reservation_of_a_crashed_process_expires(
    llm_apps: LlmApps, fake: FakeLlm
) -> None:
    settings = {"llm_max_tokens": 100, "llm_timeout_seconds": 3600}
    client = await llm_apps.client(llm_tokens_per_day=150, llm_tokens_per_day_total=150, **settings)
    app = llm_apps.started[-1]
    assert (await client.post(f"{LLM}/chat", json=hello())).status_code == 200
    for age, status in ((0, 429), (3601, 200)):
        began = datetime.now(UTC) - timedelta(seconds=age)
        async with app.state.resources.database.write() as session:
            values = {"outcome": "running", "completion_tokens": 100, "created_at": began}
            await session.execute(update(LlmCall).values(**values))
        response = await client.post(f"{LLM}/chat", json=hello())
        assert response.status_code == status, age
    assert await read_today(client) == {"calls": 1, **USAGE}


async def test_the_maximum_of_a_running_call_is_reserved(llm_apps: LlmApps, fake: FakeLlm) -> None:
    async def look(conversation: object) -> None:
        (call,) = await read_calls(llm_apps.started[-1])
        seen.append((call.outcome, call.completion_tokens))

    seen: list[tuple[str, int]] = []
    fake.respond_with(look)
    client = await llm_apps.client(llm_max_tokens=77)
    await client.post(f"{LLM}/chat", json=hello())
    assert seen == [("running", 77)]


async def test_a_new_day_has_a_new_quota(
    llm_apps: LlmApps, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await llm_apps.client(llm_tokens_per_day=115, llm_max_tokens=100)
    assert (await client.post(f"{LLM}/chat", json=hello())).status_code == 200
    problem_of(await client.post(f"{LLM}/chat", json=hello()), 429, "llm_quota_exceeded")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(usage_module, "utc_now", lambda: tomorrow)
    # Calls are stored with the real time, so the first one is from yesterday.
    assert (await client.post(f"{LLM}/chat", json=hello())).status_code == 200
    assert len(await read_finished_calls(llm_apps.started[-1], 2)) == 2
