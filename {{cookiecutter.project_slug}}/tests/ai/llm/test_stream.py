"""Streams over a real socket: events, errors, and clients that disconnect."""

import asyncio

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from httpx2 import Response
from sse_starlette.sse import AppStatus

from app.kit.http import sse as streams
from app.schemas.llm import ChatEvent
from tests.integration.llm.conftest import LlmApps
from tests.support.fake_llm import USAGE
from tests.support.fake_llm import WORDS
from tests.support.fake_llm import Conversation
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import cut
from tests.support.fake_llm import end_without_reason
from tests.support.fake_llm import fall_silent
from tests.support.fake_llm import filter_late
from tests.support.fake_llm import never_respond
from tests.support.llm_calls import read_finished_calls
from tests.support.problems import problem_of
from tests.support.streams import STREAM
from tests.support.streams import Event
from tests.support.streams import hello
from tests.support.streams import read_events
from tests.support.waiting import MAX_WAIT_SECONDS


async def stream(client: AsyncClient) -> tuple[Response, list[Event]]:
    """Return a response and all its events."""
    async with client.stream("POST", STREAM, json=hello()) as response:
        assert response.status_code == 200
        return response, [event async for event in read_events(response)]


async def test_a_response_is_a_sequence_of_numbered_events(llm_apps: LlmApps) -> None:
    response, events = await stream(await llm_apps.live_client())
    assert [event.name for event in events] == ["start", *["delta"] * 3, "done"]
    assert [event.id for event in events] == ["0", "1", "2", "3", "4"]
    assert events[0].data["model"] == "small"
    assert [event.data["text"] for event in events[1:4]] == list(WORDS)
    assert events[4].data == {"type": "done", "finish_reason": "stop", "usage": USAGE}
    assert all(event.data["type"] == event.name for event in events)
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["X-Request-ID"]


async def test_events_are_not_buffered(llm_apps: LlmApps, fake: FakeLlm) -> None:
    fake.respond_with(fall_silent)
    client = await llm_apps.live_client()
    async with client.stream("POST", STREAM, json=hello()) as response:
        events = read_events(response)
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            assert (await anext(events)).name == "start"
            assert (await anext(events)).data == {"type": "delta", "text": WORDS[0]}


async def test_openapi_describes_events_by_one_flat_model(app: FastAPI) -> None:
    openapi = app.openapi()
    stream = openapi["paths"][STREAM]["post"]["responses"]["200"]["content"]
    assert stream == {"text/event-stream": {"schema": {"$ref": "#/components/schemas/ChatEvent"}}}
    schemas = openapi["components"]["schemas"]
    event = schemas["ChatEvent"]
    assert event["required"] == ["type"]
    assert "oneOf" not in str(event)
    assert schemas["ChatEventType"]["enum"] == ["start", "delta", "done", "error"]


async def test_heartbeats_keep_the_connection_open(
    llm_apps: LlmApps, fake: FakeLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert streams.HEARTBEAT_SECONDS == 15
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    fake.respond_with(never_respond)
    client = await llm_apps.live_client()
    async with (
        client.stream("POST", STREAM, json=hello()) as response,
        asyncio.timeout(MAX_WAIT_SECONDS),
    ):
        async for line in response.aiter_lines():
            if line.startswith(": ping"):
                return


@pytest.mark.parametrize(
    ("behaviour", "code", "words"),
    [
        (end_without_reason, "llm_cut", 1),
        (cut, "llm_cut", 1),
        (filter_late, "llm_filtered", 1),
        (never_respond, "llm_timeout", 0),
        (fall_silent, "llm_timeout", 1),
    ],
)
async def test_an_incomplete_response_ends_with_an_error(
    llm_apps: LlmApps, fake: FakeLlm, behaviour: object, code: str, words: int
) -> None:
    fake.behaviours = [behaviour]  # type: ignore[list-item]
    read_timeout = 1 if code == "llm_timeout" else 60
    client = await llm_apps.live_client(llm_read_timeout_seconds=read_timeout)
    response, events = await stream(client)
    assert [event.name for event in events] == ["start", *["delta"] * words, "error"]
    problem = events[-1].data
    assert problem["code"] == code
    for event in events:
        assert event.data["type"] == event.name
        assert event.data.keys() <= ChatEvent.model_fields.keys()
    assert problem["request_id"] == response.headers["X-Request-ID"]


async def test_an_endless_response_times_out(llm_apps: LlmApps, fake: FakeLlm) -> None:
    async def babble(conversation: Conversation) -> None:
        await conversation.start()
        while True:
            await conversation.chunk("bla ")
            await asyncio.sleep(0.01)

    fake.respond_with(babble)
    _response, events = await stream(await llm_apps.live_client(llm_timeout_seconds=2))
    assert events[-1].data["code"] == "llm_timeout"
    assert len(events) > 3


async def test_disconnecting_from_a_stream_stops_the_model_and_records_the_usage(
    llm_apps: LlmApps, fake: FakeLlm
) -> None:
    fake.respond_with(fall_silent)
    client = await llm_apps.live_client()
    async with client.stream("POST", STREAM, json=hello()) as response:
        events = read_events(response)
        await anext(events)
        await anext(events)
        assert fake.open == 1
    await fake.wait_until_open(0)
    (call,) = await read_finished_calls(llm_apps.started[-1])
    assert call.outcome == "cancelled"
    assert 1 <= call.completion_tokens < 1024
    assert call.prompt_tokens > 1


async def test_disconnecting_from_a_complete_response_stops_the_model(
    llm_apps: LlmApps, fake: FakeLlm
) -> None:
    fake.respond_with(fall_silent)
    client = await llm_apps.live_client()
    waiting = asyncio.create_task(client.post(STREAM.removesuffix("/stream"), json=hello()))
    await fake.wait_until_open(1)
    waiting.cancel()
    await fake.wait_until_open(0)
    (call,) = await read_finished_calls(llm_apps.started[-1])
    assert call.outcome == "cancelled"


async def test_stopping_the_server_ends_a_stream_with_an_event(
    llm_apps: LlmApps, fake: FakeLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.respond_with(fall_silent)
    client = await llm_apps.live_client()
    async with client.stream("POST", STREAM, json=hello()) as response:
        events = read_events(response)
        await anext(events)
        await anext(events)
        monkeypatch.setattr(AppStatus, "should_exit", True)
        last_event = await anext(events)
    assert (last_event.name, last_event.data["code"]) == ("error", "server_stopping")


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("llm_max_concurrency", "llm_busy"),
        ("llm_max_concurrency_per_user", "llm_concurrency_exceeded"),
    ],
)
async def test_a_rejected_stream_has_an_error_status(
    llm_apps: LlmApps, fake: FakeLlm, limit: str, code: str
) -> None:
    fake.respond_with(fall_silent)
    client = await llm_apps.live_client(llm_queue_timeout_seconds=0.1, **{limit: 1})
    async with client.stream("POST", STREAM, json=hello()) as response:
        events = read_events(response)
        assert (await anext(events)).name == "start"
        rejected = await client.post(STREAM, json=hello())
        assert problem_of(rejected, 429, code)
        assert rejected.headers["Retry-After"] == "1"


async def test_disconnecting_frees_the_slot(llm_apps: LlmApps, fake: FakeLlm) -> None:
    fake.respond_with(fall_silent)
    client = await llm_apps.live_client(llm_max_concurrency=1, llm_queue_timeout_seconds=60)
    for _ in range(3):
        async with client.stream("POST", STREAM, json=hello()) as response:
            assert response.status_code == 200


async def test_fifty_streams_hold_no_connection_to_the_database(
    llm_apps: LlmApps, fake: FakeLlm
) -> None:
    fake.respond_with(fall_silent)
    client = await llm_apps.live_client(
        database_pool_size=1,
        database_max_overflow=0,
        database_pool_timeout_seconds=60,
        llm_max_concurrency_per_user=50,
        max_concurrent_requests_per_account=52,  # %if jwt
    )
    opened = asyncio.Semaphore(0)
    enough = asyncio.Event()

    async def stay() -> None:
        async with client.stream("POST", STREAM, json=hello()) as response:
            events = read_events(response)
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
        assert (await client.get("/health/ready")).status_code == 200
        enough.set()
    assert len(await read_finished_calls(llm_apps.started[-1], 50)) == 50
