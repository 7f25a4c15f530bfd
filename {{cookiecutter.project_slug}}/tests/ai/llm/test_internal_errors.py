"""Errors of our own: a bug, or usage that cannot be recorded."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from collections.abc import Awaitable
from collections.abc import Callable

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from app.ai.llm import usage
from app.ai.llm.port import ChatCompletionRequest
from app.ai.llm.port import Chunk
from app.ai.llm.port import TextDelta
from app.kit.exceptions import Unavailable
from app.models.llm_call import RUNNING
from app.repositories.llm_calls import LlmCallRepository
from tests.integration.llm.conftest import LlmApps
from tests.support.fake_llm import WORDS
from tests.support.llm_calls import read_calls
from tests.support.llm_calls import read_finished_calls
from tests.support.problems import problem_of
from tests.support.streams import STREAM
from tests.support.streams import Event
from tests.support.streams import hello
from tests.support.streams import read_events

CHAT = STREAM.removesuffix("/stream")
SECRET = "must not reach a client"


class BrokenModel:
    """A model with a bug."""

    async def stream(self, _question: ChatCompletionRequest) -> AsyncGenerator[Chunk, None]:
        """Fail after the first word."""
        yield TextDelta("Tea")
        raise RuntimeError(SECRET)

    async def close(self) -> None:
        """Do nothing."""


async def stream(client: AsyncClient) -> tuple[str, list[Event]]:
    """Return the request id and all events of a stream."""
    async with client.stream("POST", STREAM, json=hello()) as response:
        assert response.status_code == 200
        events = [event async for event in read_events(response)]
        return response.headers["X-Request-ID"], events


def capture_log(caplog: pytest.LogCaptureFixture) -> None:
    """Capture the log from now on. Starting an application replaces the log handlers."""
    logging.getLogger().addHandler(caplog.handler)


def traceback_of(caplog: pytest.LogCaptureFixture, message: str) -> str:
    """Return the traceback of the only error in the log."""
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert message in record.getMessage()
    assert record.exc_info
    return logging.Formatter().formatException(record.exc_info)


async def test_a_bug_ends_the_stream_with_an_error_event(
    llm_apps: LlmApps, caplog: pytest.LogCaptureFixture
) -> None:
    client = await llm_apps.live_client()
    llm_apps.started[-1].state.llm.model = BrokenModel()
    capture_log(caplog)
    request_id, events = await stream(client)
    assert [event.name for event in events] == ["start", "delta", "error"]
    problem = events[-1].data
    assert (problem["status"], problem["code"]) == (500, "internal_error")
    assert problem["request_id"] == request_id
    assert SECRET not in str(events)
    assert SECRET in traceback_of(caplog, "unexpected error")
    (call,) = await read_finished_calls(llm_apps.started[-1])
    assert (call.outcome, call.completion_tokens) == ("internal_error", 1)


async def test_a_bug_in_a_complete_response_is_a_problem(
    llm_apps: LlmApps, caplog: pytest.LogCaptureFixture
) -> None:
    client = await llm_apps.client()
    llm_apps.started[-1].state.llm.model = BrokenModel()
    capture_log(caplog)
    response = await client.post(CHAT, json=hello())
    assert SECRET not in str(problem_of(response, 500, "internal_error"))
    assert SECRET in traceback_of(caplog, "unexpected error")


async def lack_table(calls: LlmCallRepository, *_: object, **__: object) -> None:
    """Fail because a table is missing."""
    await calls.session.execute(text("UPDATE lost_calls SET outcome = 'done'"))


async def lose_database(*_: object, **__: object) -> None:
    """Fail because the database does not respond."""
    raise Unavailable("The database does not answer.")


async def block_forever(*_: object, **__: object) -> None:
    """Take longer than the time-out."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("record_usage", [lack_table, lose_database, block_forever])
@pytest.mark.parametrize("path", [CHAT, STREAM])
async def test_a_response_is_sent_even_if_its_usage_cannot_be_recorded(
    llm_apps: LlmApps,
    record_usage: Callable[..., Awaitable[None]],
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(usage, "RECORD_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(LlmCallRepository, "record_usage", record_usage)
    client = await llm_apps.live_client()
    capture_log(caplog)
    if path == STREAM:
        _request_id, events = await stream(client)
        texts = [event.data["text"] for event in events if event.name == "delta"]
        assert events[-1].name == "done"
    else:
        texts = [(await client.post(CHAT, json=hello())).json()["message"]["content"]]
    assert "".join(texts) == "".join(WORDS)
    (call,) = await read_calls(llm_apps.started[-1])
    assert traceback_of(caplog, f"the usage of call {call.id} could not be recorded")
    assert call.outcome == RUNNING
    assert (await client.get("/health/ready")).status_code == 200
