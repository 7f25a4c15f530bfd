"""Streams of server-sent events: numbered, with a heartbeat, and never ending without a word.

The first event is waited for before the answer begins, so that what is refused at once has a status
of its own. Whatever goes wrong later is an ``error`` event that holds the problem.
"""

import logging
from collections.abc import AsyncGenerator
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import aclosing
from contextlib import suppress
from itertools import count

import anyio
from anyio.abc import ObjectReceiveStream
from anyio.abc import ObjectSendStream
from pydantic import BaseModel
from sse_starlette import EventSourceResponse
from sse_starlette import ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from app.api.errors import log_error
from app.api.errors import status_of
from app.api.problems import STOPPING
from app.api.problems import UNEXPECTED
from app.api.problems import Problem
from app.api.problems import make_problem
from app.core.exceptions import DomainError
from app.core.exceptions import Unavailable

HEARTBEAT_SECONDS = 15
FAREWELL_SECONDS = 2
SLOWEST_CLIENT_SECONDS = 60

Names = Mapping[type[BaseModel], str]

logger = logging.getLogger(__name__)


class EventStream(EventSourceResponse):
    """A stream that gives up on a client which does not read."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the events end, or the client has gone or does not read."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            logger.info("a client did not read its stream")


class Events:
    """Turns parts into numbered events."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._numbers = count()

    def of(self, part: BaseModel) -> ServerSentEvent:
        """The event of a part, by the name of its class."""
        return self._event(self._names[type(part)], part)

    def error(self, error: DomainError) -> ServerSentEvent:
        """The event that ends a stream with an error of the business."""
        return self.problem(make_problem(status_of(error), error.detail, error.code))

    def problem(self, problem: Problem) -> ServerSentEvent:
        """The event that ends a stream which goes wrong."""
        return self._event("error", problem)

    def _event(self, name: str, data: BaseModel) -> ServerSentEvent:
        text = data.model_dump_json()
        return ServerSentEvent(text, event=name, id=str(next(self._numbers)), sep="\n")


async def stream_of(parts: AsyncGenerator[BaseModel, None], names: Names) -> EventStream:
    """The answer that streams these parts, each under the name of its class.

    Raises:
        DomainError: what happened before the first part.
    """
    first = await anext(parts)
    send, receive = anyio.create_memory_object_stream[ServerSentEvent](0)
    stopping = anyio.Event()

    async def pump() -> None:
        await _pump(first, parts, Events(names), send, stopping)

    return EventStream(
        _closing(receive),
        ping=HEARTBEAT_SECONDS,
        sep="\n",
        headers={"Cache-Control": "no-store"},
        send_timeout=SLOWEST_CLIENT_SECONDS,
        data_sender_callable=pump,
        shutdown_event=stopping,
        shutdown_grace_period=FAREWELL_SECONDS,
    )


async def _closing(
    receive: ObjectReceiveStream[ServerSentEvent],
) -> AsyncIterator[ServerSentEvent]:
    async with receive:
        async for event in receive:
            yield event


async def _pump(
    first: BaseModel,
    parts: AsyncGenerator[BaseModel, None],
    events: Events,
    send: ObjectSendStream[ServerSentEvent],
    stopping: anyio.Event,
) -> None:
    """Send every part, then close; when the server stops, say so and close."""

    async def say_farewell() -> None:
        await stopping.wait()
        error = Unavailable(STOPPING, code="server_stopping")
        with suppress(anyio.BrokenResourceError):  # nobody reads any more
            await send.send(events.error(error))
        group.cancel_scope.cancel()

    async with send, aclosing(parts), anyio.create_task_group() as group:
        group.start_soon(say_farewell)
        async with aclosing(_told(first, parts, events)) as told:
            with suppress(anyio.BrokenResourceError):
                async for event in told:
                    await send.send(event)
        group.cancel_scope.cancel()


async def _told(
    first: BaseModel, parts: AsyncGenerator[BaseModel, None], events: Events
) -> AsyncGenerator[ServerSentEvent, None]:
    """The event of every part; the last tells what went wrong, if anything did."""
    try:
        yield events.of(first)
        async for part in parts:
            yield events.of(part)
    except DomainError as error:
        log_error(error)
        yield events.error(error)
    except Exception:
        logger.exception("unexpected error")
        yield events.problem(make_problem(500, UNEXPECTED, "internal_error"))
