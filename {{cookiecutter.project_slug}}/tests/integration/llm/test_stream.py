"""Streams over a real socket: their events, their end, and clients that go away."""

import asyncio

import pytest
from httpx2 import AsyncClient
from httpx2 import Response
from sse_starlette.sse import AppStatus

from app.api import streams
from tests.integration.llm.conftest import Asking
from tests.support.fake_llm import USAGE
from tests.support.fake_llm import WORDS
from tests.support.fake_llm import Conversation
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import cut
from tests.support.fake_llm import end_without_reason
from tests.support.fake_llm import fall_silent
from tests.support.fake_llm import filter_late
from tests.support.fake_llm import never_answer
from tests.support.llm_calls import settled_calls_of
from tests.support.problems import problem_of
from tests.support.streams import STREAM
from tests.support.streams import Event
from tests.support.streams import events_of
from tests.support.streams import hello


async def ask(client: AsyncClient) -> tuple[Response, list[Event]]:
    """A whole stream."""
    async with client.stream("POST", STREAM, json=hello()) as response:
        assert response.status_code == 200
        return response, [event async for event in events_of(response)]


async def test_an_answer_comes_in_numbered_events(asking: Asking) -> None:
    response, events = await ask(await asking.live_client())
    assert [event.name for event in events] == ["start", *["delta"] * 3, "done"]
    assert [event.id for event in events] == ["0", "1", "2", "3", "4"]
    assert events[0].data["model"] == "small"
    assert [event.data["text"] for event in events[1:4]] == list(WORDS)
    assert events[4].data == {"finish_reason": "stop", "usage": USAGE}
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["X-Request-ID"]


async def test_nothing_is_held_back_on_the_way(asking: Asking, fake: FakeLlm) -> None:
    fake.will(fall_silent)
    client = await asking.live_client()
    async with client.stream("POST", STREAM, json=hello()) as response:
        events = events_of(response)
        async with asyncio.timeout(5):
            assert (await anext(events)).name == "start"
            assert (await anext(events)).data == {"text": WORDS[0]}


async def test_a_heartbeat_keeps_the_connection_alive(
    asking: Asking, fake: FakeLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert streams.HEARTBEAT_SECONDS == 15
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    fake.will(never_answer)
    client = await asking.live_client()
    async with client.stream("POST", STREAM, json=hello()) as response, asyncio.timeout(5):
        async for line in response.aiter_lines():
            if line.startswith(": ping"):
                return


@pytest.mark.parametrize(
    ("behaviour", "code", "words"),
    [
        (end_without_reason, "llm_cut", 1),
        (cut, "llm_cut", 1),
        (filter_late, "llm_filtered", 1),
        (never_answer, "llm_timeout", 0),
        (fall_silent, "llm_timeout", 1),
    ],
)
async def test_an_answer_without_an_end_is_an_error(
    asking: Asking, fake: FakeLlm, behaviour: object, code: str, words: int
) -> None:
    fake.behaviours = [behaviour]  # type: ignore[list-item]
    patience = 0.3 if code == "llm_timeout" else 60
    client = await asking.live_client(llm_read_timeout_seconds=patience)
    response, events = await ask(client)
    assert [event.name for event in events] == ["start", *["delta"] * words, "error"]
    problem = events[-1].data
    assert problem["code"] == code
    assert problem["request_id"] == response.headers["X-Request-ID"]


async def test_an_answer_that_never_ends_is_ended(asking: Asking, fake: FakeLlm) -> None:
    async def babble(conversation: Conversation) -> None:
        await conversation.begin()
        while True:
            await conversation.chunk("bla ")
            await asyncio.sleep(0.01)

    fake.will(babble)
    _response, events = await ask(await asking.live_client(llm_timeout_seconds=0.5))
    assert events[-1].data["code"] == "llm_timeout"
    assert len(events) > 3


async def test_when_the_client_goes_the_model_is_stopped_and_booked(
    asking: Asking, fake: FakeLlm
) -> None:
    fake.will(fall_silent)
    client = await asking.live_client()
    async with client.stream("POST", STREAM, json=hello()) as response:
        events = events_of(response)
        await anext(events)
        await anext(events)
        assert fake.open == 1
    await fake.until_open(0, seconds=1)
    (call,) = await settled_calls_of(asking.started[-1])
    assert call.outcome == "cancelled"
    assert call.completion_tokens == 1
    assert call.prompt_tokens > 1


async def test_when_nobody_waits_for_a_whole_answer_the_model_is_stopped(
    asking: Asking, fake: FakeLlm
) -> None:
    fake.will(fall_silent)
    client = await asking.live_client()
    waiting = asyncio.create_task(client.post(STREAM.removesuffix("/stream"), json=hello()))
    await fake.until_open(1, seconds=5)
    waiting.cancel()
    await fake.until_open(0, seconds=1)
    (call,) = await settled_calls_of(asking.started[-1])
    assert call.outcome == "cancelled"


async def test_when_the_server_stops_every_stream_is_told(
    asking: Asking, fake: FakeLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.will(fall_silent)
    client = await asking.live_client()
    async with client.stream("POST", STREAM, json=hello()) as response:
        events = events_of(response)
        await anext(events)
        await anext(events)
        monkeypatch.setattr(AppStatus, "should_exit", True)
        farewell = await anext(events)
    assert (farewell.name, farewell.data["code"]) == ("error", "server_stopping")


async def test_what_is_refused_at_once_has_a_status_of_its_own(
    asking: Asking, fake: FakeLlm
) -> None:
    fake.will(fall_silent)
    client = await asking.live_client(llm_concurrent_calls=1, llm_wait_seconds=0.1)
    async with client.stream("POST", STREAM, json=hello()) as response:
        events = events_of(response)
        assert (await anext(events)).name == "start"
        refused = await client.post(STREAM, json=hello())
        assert problem_of(refused, 429, "llm_busy")
        assert refused.headers["Retry-After"] == "1"


async def test_a_place_is_free_again_when_a_client_has_gone(asking: Asking, fake: FakeLlm) -> None:
    fake.will(fall_silent)
    client = await asking.live_client(llm_concurrent_calls=1, llm_wait_seconds=60)
    for _ in range(3):
        async with client.stream("POST", STREAM, json=hello()) as response:
            assert response.status_code == 200


async def test_fifty_streams_hold_no_connection_to_the_database(
    asking: Asking, fake: FakeLlm
) -> None:
    fake.will(fall_silent)
    client = await asking.live_client(
        database_pool_size=1, database_max_overflow=0, database_pool_timeout_seconds=10
    )
    opened = asyncio.Semaphore(0)
    enough = asyncio.Event()

    async def stay() -> None:
        async with client.stream("POST", STREAM, json=hello()) as response:
            events = events_of(response)
            assert [(await anext(events)).name for _ in range(2)] == ["start", "delta"]
            opened.release()
            await enough.wait()

    async with asyncio.TaskGroup() as streaming:
        for _ in range(50):
            streaming.create_task(stay())
        for _ in range(50):
            await opened.acquire()
        assert fake.open == 50
        usage = await client.get("/api/v1/ai/llm/usage")
        assert usage.json()["today"]["calls"] == 50
        assert (await client.get("/api/v1/items")).status_code == 200
        enough.set()
    assert len(await settled_calls_of(asking.started[-1], 50)) == 50
