"""HTTP on one connection: limits for slow or endless requests, and a shutdown that loses none.

Uvicorn has no such limits: a client could fill the memory with endless headers, send a body
forever, or keep a response in memory by not reading it.
"""

import logging
from asyncio import TimerHandle
from asyncio import Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.kit.http.body_limits import REJECTION

MAX_HEADER_BYTES = 64 * 1024
"""Well above the limits of browsers and proxies."""

HEADER_TIMEOUT_SECONDS = 20
"""Longer than headers take on a slow network."""

BODY_TIMEOUT_SECONDS = 30
MIN_BODY_BYTES = 30 * 1024
"""The minimum number of bytes in each ``BODY_TIMEOUT_SECONDS``: a fifth of the speed of EDGE."""

MAX_DISCARDED_BYTES = 64 * 1024 * 1024
"""The rest of a body that is read after the response: many clients send all before they read."""

SEND_TIMEOUT_SECONDS = 60
"""How long a client may read nothing of a response."""

DRAIN_SECONDS = 0.5
"""How long requests are accepted that were sent before the server stopped."""

HEADERS_TOO_LARGE = (
    431,
    f"The URL and the headers must not be longer than {MAX_HEADER_BYTES} bytes together",
)
BODY_TOO_SLOW = (
    408,
    f"The body must arrive at {MIN_BODY_BYTES // BODY_TIMEOUT_SECONDS} bytes a second or more",
)
HEADERS_OF_REJECTIONS = (b"host", b"origin", b"x-request-id")
"""The headers that the response depends on; the others may be too long and are dropped."""

logger = logging.getLogger(__name__)


class LimitedHttpProtocol(HttpToolsProtocol):
    """A connection with time-outs for reading and writing, and a limit for headers."""

    _in_headers = False
    _in_body = False
    _rejected = False
    _advanced = False  # the last read completed headers, or was part of a body
    _bytes_without_progress = 0  # bytes since then: headers, trailers or garbage
    _header_timer: TimerHandle | None = None
    _body_timer: TimerHandle | None = None
    _body_bytes = 0  # since the timer was started
    _discarded_bytes = 0  # of this body, after its response
    _was_paused = False  # reading was paused when the timer was started
    _send_timer: TimerHandle | None = None
    _unsent_bytes = 0  # when the timer was started

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Apply the keep-alive time-out to the first request, too; Uvicorn has none for it."""
        super().connection_made(transport)
        self._start_keep_alive_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop every timer."""
        super().connection_lost(exc)
        self._stop_header_timer()
        self._stop_body_timer()
        self._stop_send_timer()

    # Requests

    def data_received(self, data: bytes) -> None:
        """Parse the data; reject headers that exceed the limit."""
        if self._rejected:
            return
        self._advanced = False
        super().data_received(data)
        if self.transport.get_protocol() is not self:  # upgraded to WebSocket
            self._stop_header_timer()
            return
        if self.transport.is_closing():
            self._start_send_timer()
            return
        self._bytes_without_progress = (
            0 if self._advanced else self._bytes_without_progress + len(data)
        )
        if self._bytes_without_progress > MAX_HEADER_BYTES:
            self._reject_headers()
        self._set_timers()

    def on_message_begin(self) -> None:
        """Record that headers begin."""
        super().on_message_begin()
        self._in_headers = True

    def on_headers_complete(self) -> None:
        """Pass the request to the application, or reject it."""
        self._in_headers = False
        self._in_body = True
        self._advanced = True
        self._discarded_bytes = 0
        if self._rejected or self._header_bytes() > MAX_HEADER_BYTES:
            self._rejected = True
            self.scope[REJECTION] = HEADERS_TOO_LARGE  # type: ignore[literal-required]
            self.headers[:] = [
                header for header in self.headers if header[0] in HEADERS_OF_REJECTIONS
            ]
            self.url = b"/"  # the URL may be too long, and it is logged
        super().on_headers_complete()
        if self._rejected and self.cycle:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Count the bytes of a body."""
        super().on_body(body)
        self._advanced = True
        self._body_bytes += len(body)
        if self.cycle and self.cycle.response_complete:
            self._discarded_bytes += len(body)
            if self._discarded_bytes > MAX_DISCARDED_BYTES:
                self.transport.close()

    def on_message_complete(self) -> None:
        """Record that a body ends."""
        super().on_message_complete()
        self._in_body = False

    def _should_upgrade(self) -> bool:
        return not self._rejected and super()._should_upgrade()

    def _header_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _reject_headers(self) -> None:
        """Respond to incomplete headers; without any, close the connection."""
        self._rejected = True
        if self._in_headers:
            self.on_headers_complete()
        else:
            self.transport.close()

    def _set_timers(self) -> None:
        if self._advanced:
            self._stop_header_timer()
        if self._in_headers:
            if self._header_timer is None:
                self._header_timer = self.loop.call_later(
                    HEADER_TIMEOUT_SECONDS, self.timeout_keep_alive_handler
                )
        elif self._in_body:
            if self._body_timer is None:
                self._start_body_timer()
        else:
            self._stop_body_timer()
            self._start_keep_alive_timer()

    def _start_keep_alive_timer(self) -> None:
        """Start the time-out of an idle connection, even after bytes that were not a request."""
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _stop_header_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _start_body_timer(self) -> None:
        self._body_bytes = 0
        self._was_paused = self._is_paused()
        self._body_timer = self.loop.call_later(BODY_TIMEOUT_SECONDS, self._check_body)

    def _stop_body_timer(self) -> None:
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _is_paused(self) -> bool:
        waiting = self.cycle is not None and self.cycle.waiting_for_100_continue
        return self.flow.read_paused or waiting

    def _check_body(self) -> None:
        """Reject a body that arrives too slowly, unless the server paused reading."""
        if self.transport.is_closing():
            return
        if self._body_bytes >= MIN_BODY_BYTES or self._was_paused or self._is_paused():
            self._start_body_timer()
        elif self.cycle.response_started:
            self.transport.close()
            self._start_send_timer()
        else:
            self._rejected = True
            self.scope[REJECTION] = BODY_TOO_SLOW  # type: ignore[literal-required]
            self.cycle.keep_alive = False
            self.cycle.message_event.set()
            self._body_timer = self.loop.call_later(
                SEND_TIMEOUT_SECONDS, self.timeout_keep_alive_handler
            )

    # Responses

    def pause_writing(self) -> None:
        """Start the send time-out, because the write buffer is full."""
        super().pause_writing()
        self._start_send_timer()

    def resume_writing(self) -> None:
        """Stop the send time-out."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_send_timer()

    def on_response_complete(self) -> None:
        """Start the send time-out of the last response before the connection is closed."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._start_send_timer()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection after the rest of the response has been sent."""
        super().timeout_keep_alive_handler()
        self._start_send_timer()

    def _start_send_timer(self) -> None:
        if self._send_timer is not None:
            return
        self._unsent_bytes = self.transport.get_write_buffer_size()
        if self._unsent_bytes:
            self._send_timer = self.loop.call_later(SEND_TIMEOUT_SECONDS, self._check_sending)

    def _stop_send_timer(self) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None

    def _check_sending(self) -> None:
        """Abort the connection of a client that reads nothing."""
        self._send_timer = None
        if self.transport.get_write_buffer_size() < self._unsent_bytes:
            self._start_send_timer()
            return
        logger.info("a client did not read its response; its connection was aborted")
        self.transport.abort()


class GracefulHttpProtocol(LimitedHttpProtocol):
    """A connection that is not closed while a request may be in transit.

    When the server stops, Uvicorn closes idle connections immediately. A request that was sent but
    not read would be lost, and its client could not know whether it had any effect.
    """

    _stopping = False

    def shutdown(self) -> None:
        """Serve requests that arrive within ``DRAIN_SECONDS``, then close."""
        self._stopping = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(DRAIN_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def on_headers_complete(self) -> None:
        """Disable keep-alive for requests that arrive during the shutdown."""
        super().on_headers_complete()
        if self._stopping and self.cycle:
            self.cycle.keep_alive = False
