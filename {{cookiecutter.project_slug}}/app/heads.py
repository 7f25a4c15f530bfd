"""The head of a request (its first line and its headers) within bounds of size and time.

Uvicorn sets none: a head without an end would fill the memory, and hold everybody up, since it is
copied whenever more of it arrives.
"""

from asyncio import TimerHandle
from asyncio import Transport
from typing import Any

from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api.middleware import RequestId
from app.api.problems import problem_response

LONGEST_HEAD = 64 * 1024
"""Several times what browsers send and what proxies let through."""

HEAD_SECONDS = 20
"""Longer than a head takes on a bad network."""


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = f"The address and the headers must not be longer than {LONGEST_HEAD} bytes together."
    await problem_response(431, detail, "headers_too_large")(scope, receive, send)


refusal: Any = RequestId(_refuse)
"""The application that answers instead."""


class BoundedHeads(HttpToolsProtocol):
    """A connection that reads no head that is too long, and waits for none that is too slow."""

    _in_head = False
    _refused = False
    _advanced = False  # by the last read: a head was completed, or a piece of a body came
    _fruitless = 0  # bytes since then: of a head, of trailers, or of nothing
    _deadline: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wait for a first request as long as for the next one; Uvicorn would wait for ever."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        super().connection_lost(exc)
        self._forget_deadline()

    def data_received(self, data: bytes) -> None:
        """Read on, unless too much has come that nothing can be done with."""
        if self._refused:
            return
        self._advanced = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        self._fruitless = 0 if self._advanced else self._fruitless + len(data)
        if self._fruitless > LONGEST_HEAD:
            self._give_up()
        self._watch()

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Let the application answer, or refuse in its place and close."""
        self._in_head = False
        self._advanced = True
        if self._refused or self._head_bytes() > LONGEST_HEAD:
            self._refused = True
            self.app = refusal
            self.url = b"/"  # it may be what is too long, and it is logged
        super().on_headers_complete()
        if self._refused and self.cycle:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Note that a body goes on."""
        super().on_body(body)
        self._advanced = True

    def _should_upgrade(self) -> bool:
        return not self._refused and super()._should_upgrade()

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _give_up(self) -> None:
        """Answer what there is of a head as if it were complete; what is no head gets no answer."""
        self._refused = True
        if self._in_head:
            self.on_headers_complete()
        else:
            self.transport.close()

    def _watch(self) -> None:
        if self._advanced:
            self._forget_deadline()
        if self._in_head and self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
