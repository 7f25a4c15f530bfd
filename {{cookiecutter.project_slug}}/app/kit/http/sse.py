"""Streams of server-sent events with ids and a heartbeat.

The response starts only after the first event, so that an early error has its own HTTP status. A
later error is sent as an ``error`` event with problem details.
"""

import json
import logging
from collections.abc import AsyncGenerator
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from contextlib import aclosing
from contextlib import suppress
from itertools import count
from typing import Any
from typing import Protocol

import anyio
from anyio.abc import ObjectReceiveStream
from anyio.abc import ObjectSendStream
from sse_starlette import EventSourceResponse
from sse_starlette import ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from app.kit.exceptions import DomainError
from app.kit.exceptions import Unavailable
from app.kit.http.error_handlers import log_error
from app.kit.http.problems import STOPPING
from app.kit.http.problems import UNEXPECTED
from app.kit.http.problems import Problem
from app.kit.http.problems import make_problem

ERROR = "error"
HEARTBEAT_SECONDS = 15
SHUTDOWN_GRACE_SECONDS = 2
SEND_TIMEOUT_SECONDS = 60

logger = logging.getLogger(__name__)


class StreamEvent(Protocol):
    """A model whose ``type`` is the name of its event; the data contains it as well."""

    @property
    def type(self) -> str:
        """Return the name of the event."""
        ...

    def model_dump_json(self) -> str:
        """Return the data of the event."""
        ...


Parts = AsyncGenerator[StreamEvent, None]


class EventStream(EventSourceResponse):
    """A stream that is closed if the client does not read it."""

    def __init__(self, held: AsyncExitStack, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until they end, or the client disconnects or stops reading."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            logger.info("a client did not read its stream")
        finally:
            # If the client disconnects before the first event, no task closes these.
            with anyio.CancelScope(shield=True):
                await self._held.aclose()


class Events:
    """Converts parts to events with consecutive ids."""

    def __init__(self) -> None:
        self._numbers = count()

    def to_event(self, part: StreamEvent) -> ServerSentEvent:
        """Return the event of a part."""
        return self._event(part.type, part.model_dump_json())

    def error(self, error: DomainError) -> ServerSentEvent:
        """Return the event that ends a stream with a domain error."""
        return self.problem(make_problem(error.status, error.detail, error.code))

    def problem(self, problem: Problem) -> ServerSentEvent:
        """Return the event that ends a stream with problem details, except their ``type``."""
        data = {"type": ERROR, **problem.model_dump(exclude={"type", "errors"})}
        return self._event(ERROR, json.dumps(data))

    def _event(self, name: str, data: str) -> ServerSentEvent:
        return ServerSentEvent(data, event=name, id=str(next(self._numbers)), sep="\n")


async def sse_response(parts: Parts) -> EventStream:
    """Return a response that streams these parts.

    Raises:
        DomainError: the generator raised it before the first part.
    """
    first = await anext(parts)
    held = AsyncExitStack()
    held.push_async_callback(parts.aclose)
    send, receive = anyio.create_memory_object_stream[ServerSentEvent](0)
    held.enter_context(send)
    held.enter_context(receive)
    stopping = anyio.Event()

    async def pump() -> None:
        await _pump(first, parts, Events(), send, stopping)

    return EventStream(
        held,
        _closing(receive),
        ping=HEARTBEAT_SECONDS,
        sep="\n",
        headers={"Cache-Control": "no-store"},
        send_timeout=SEND_TIMEOUT_SECONDS,
        data_sender_callable=pump,
        shutdown_event=stopping,
        shutdown_grace_period=SHUTDOWN_GRACE_SECONDS,
    )


async def _closing(
    receive: ObjectReceiveStream[ServerSentEvent],
) -> AsyncIterator[ServerSentEvent]:
    async with receive:
        async for event in receive:
            yield event


async def _pump(
    first: StreamEvent,
    parts: Parts,
    events: Events,
    send: ObjectSendStream[ServerSentEvent],
    stopping: anyio.Event,
) -> None:
    """Send every part, then close; if the server stops, send a last event and close."""

    async def send_shutdown_event() -> None:
        await stopping.wait()
        error = Unavailable(STOPPING, code="server_stopping")
        with suppress(anyio.BrokenResourceError):  # the client has disconnected
            await send.send(events.error(error))
        group.cancel_scope.cancel()

    async with send, aclosing(parts), anyio.create_task_group() as group:
        group.start_soon(send_shutdown_event)
        async with aclosing(_to_events(first, parts, events)) as sent:
            with suppress(anyio.BrokenResourceError):
                async for event in sent:
                    await send.send(event)
        group.cancel_scope.cancel()


async def _to_events(
    first: StreamEvent, parts: Parts, events: Events
) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield the event of every part; on an error, yield an error event last."""
    try:
        yield events.to_event(first)
        async for part in parts:
            yield events.to_event(part)
    except DomainError as error:
        log_error(error)
        yield events.error(error)
    except Exception:
        logger.exception("unexpected error")
        yield events.problem(make_problem(500, UNEXPECTED, "internal_error"))
