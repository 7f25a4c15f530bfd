"""What is answered when the fault is our own: a bug, or a book that cannot be written."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from collections.abc import Awaitable
from collections.abc import Callable

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from app.ai.llm import service
from app.ai.llm.port import Delta
from app.ai.llm.port import Part
from app.ai.llm.port import Question
from app.core.exceptions import Unavailable
from app.models.llm_call import RUNNING
from app.repositories.llm_calls import LlmCallRepository
from tests.integration.llm.conftest import Asking
from tests.support.fake_llm import WORDS
from tests.support.llm_calls import calls_of
from tests.support.llm_calls import settled_calls_of
from tests.support.problems import problem_of
from tests.support.streams import STREAM
from tests.support.streams import Event
from tests.support.streams import events_of
from tests.support.streams import hello

CHAT = STREAM.removesuffix("/stream")
SECRET = "what no client may read"


class BrokenModel:
    """A model with a bug."""

    async def answer(self, _question: Question) -> AsyncGenerator[Part, None]:
        """One word, and no more."""
        yield Delta("Tea")
        raise RuntimeError(SECRET)

    async def close(self) -> None:
        """Nothing is held."""


async def ask(client: AsyncClient) -> tuple[str, list[Event]]:
    """The request id and the events of a whole stream."""
    async with client.stream("POST", STREAM, json=hello()) as response:
        assert response.status_code == 200
        events = [event async for event in events_of(response)]
        return response.headers["X-Request-ID"], events


def begin_to_listen(caplog: pytest.LogCaptureFixture) -> None:
    """Catch the log from here on: an application that starts sets up its own."""
    logging.getLogger().addHandler(caplog.handler)


def traceback_of(caplog: pytest.LogCaptureFixture, message: str) -> str:
    """The traceback of the one error that was logged."""
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert message in record.getMessage()
    assert record.exc_info
    return logging.Formatter().formatException(record.exc_info)


async def test_a_bug_in_the_middle_ends_the_stream_with_an_error(
    asking: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    client = await asking.live_client()
    asking.started[-1].state.llm.model = BrokenModel()
    begin_to_listen(caplog)
    request_id, events = await ask(client)
    assert [event.name for event in events] == ["start", "delta", "error"]
    problem = events[-1].data
    assert (problem["status"], problem["code"]) == (500, "internal_error")
    assert problem["request_id"] == request_id
    assert SECRET not in str(events)
    assert SECRET in traceback_of(caplog, "unexpected error")
    (call,) = await settled_calls_of(asking.started[-1])
    assert (call.outcome, call.completion_tokens) == ("internal_error", 1)


async def test_a_bug_in_a_whole_answer_is_a_problem(
    asking: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    client = await asking.client()
    asking.started[-1].state.llm.model = BrokenModel()
    begin_to_listen(caplog)
    response = await client.post(CHAT, json=hello())
    assert SECRET not in str(problem_of(response, 500, "internal_error"))
    assert SECRET in traceback_of(caplog, "unexpected error")


async def lose_the_book(calls: LlmCallRepository, *_: object, **__: object) -> None:
    """There is no such table."""
    await calls.session.execute(text("UPDATE lost_calls SET outcome = 'done'"))


async def leave_the_book(*_: object, **__: object) -> None:
    """The database is away."""
    raise Unavailable("The database does not answer.")


async def block_the_book(*_: object, **__: object) -> None:
    """The database takes longer than anybody waits."""
    await asyncio.sleep(60)


@pytest.mark.parametrize("settle", [lose_the_book, leave_the_book, block_the_book])
@pytest.mark.parametrize("path", [CHAT, STREAM])
async def test_an_answer_that_cannot_be_booked_is_given_all_the_same(
    asking: Asking,
    settle: Callable[..., Awaitable[None]],
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(service, "SETTLE_SECONDS", 0.2)
    monkeypatch.setattr(LlmCallRepository, "settle", settle)
    client = await asking.live_client()
    begin_to_listen(caplog)
    if path == STREAM:
        _request_id, events = await ask(client)
        texts = [event.data["text"] for event in events if event.name == "delta"]
        assert events[-1].name == "done"
    else:
        texts = [(await client.post(CHAT, json=hello())).json()["message"]["content"]]
    assert "".join(texts) == "".join(WORDS)
    (call,) = await calls_of(asking.started[-1])
    assert traceback_of(caplog, f"the call {call.id} could not be booked")
    assert call.outcome == RUNNING
    assert (await client.get("/health/ready")).status_code == 200
