"""Clients that disconnect at random moments leave no reservation, slot or connection behind."""

import asyncio
import random

import pytest
from httpx2 import AsyncClient

from tests.integration.llm.conftest import LlmApps
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import fall_silent
from tests.support.fake_llm import respond_slowly
from tests.support.llm_calls import read_calls
from tests.support.streams import STREAM
from tests.support.streams import hello

CHAT = STREAM.removesuffix("/stream")
REQUESTS = 60
SLOTS = 10
MAX_TOKENS = 100_000
"""More than any call is charged for, however late a busy machine notices that it was cancelled."""

TOKENS_PER_DAY = 2 * SLOTS * MAX_TOKENS


async def disconnect_after(client: AsyncClient, path: str, seconds: float) -> None:
    """Send a chat request, and disconnect after some seconds."""
    try:
        async with asyncio.timeout(seconds):
            async with client.stream("POST", path, json=hello()) as response:
                async for _line in response.aiter_lines():
                    pass
    except TimeoutError:
        pass


@pytest.mark.parametrize("path", [CHAT, STREAM])
async def test_disconnecting_at_random_moments_leaves_nothing_behind(
    llm_apps: LlmApps, fake: FakeLlm, path: str
) -> None:
    fake.respond_with(respond_slowly)
    client = await llm_apps.live_client(
        llm_max_tokens=MAX_TOKENS,
        llm_max_concurrency=SLOTS,
        llm_max_concurrency_per_user=SLOTS,
        llm_tokens_per_day=TOKENS_PER_DAY,
    )
    app = llm_apps.started[-1]
    moments = random.Random(11)  # noqa: S311 - no secret
    for _ in range(REQUESTS // SLOTS):
        delays = [moments.uniform(0, 0.2) for _ in range(SLOTS)]
        await asyncio.gather(*(disconnect_after(client, path, delay) for delay in delays))
    await llm_apps.wait_until_idle()
    await fake.wait_until_open(0)
    calls = await read_calls(app)
    assert {call.outcome for call in calls} <= {"done", "cancelled"}
    assert all(call.completion_tokens < MAX_TOKENS for call in calls)
    today = (await client.get("/api/v1/ai/llm/usage")).json()["today"]
    assert today["calls"] == len(calls)
    tokens = sum(call.prompt_tokens + call.completion_tokens for call in calls)
    assert today["total_tokens"] == tokens

    fake.respond_with(fall_silent)
    waiting = [asyncio.create_task(client.post(path, json=hello())) for _ in range(SLOTS)]
    await fake.wait_until_open(SLOTS)  # every slot is free again
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
