"""HTTP on one connection: limits for slow or endless requests, and a shutdown that loses none.

They stop attacks on a server without a proxy: headers that never end fill the memory, or keep
connections open (Slowloris), and so do responses that the client does not read. Uvicorn has no such
limits. A reverse proxy such as nginx stops these attacks, too.
"""

import socket
import sys
from asyncio import Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.kit.http.body_limits import REJECTION
from app.kit.sizes import MEGABYTE

MAX_HEADER_BYTES = 64 * 1024
"""Well above the limits of browsers and proxies."""

HEADER_TIMEOUT_SECONDS = 20
"""Longer than headers take on a slow network."""

MAX_DISCARDED_BYTES = 64 * MEGABYTE
"""The rest of a body that is read after the response: many clients send all before they read."""

SEND_TIMEOUT_SECONDS = 60
"""How long a client may read nothing of a response."""

DRAIN_SECONDS = 0.5
"""How long requests are accepted that were sent before the server stopped."""

HEADERS_TOO_LARGE = (
    431,
    f"The URL and the headers must not be longer than {MAX_HEADER_BYTES} bytes together",
)


class LimitedHttpProtocol(HttpToolsProtocol):
    """A connection that is closed if headers or the reading of responses make no progress."""

    _in_headers = False
    _rejected = False
    _advanced = False  # the last read completed headers, or was part of a body
    _bytes_without_progress = 0  # bytes since then: headers, trailers or garbage
    _discarded_bytes = 0  # of this body, after its response

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Set the time-outs of sending and of the first request; Uvicorn has none for them."""
        super().connection_made(transport)
        client = transport.get_extra_info("socket")
        if sys.platform == "linux" and client.family != socket.AF_UNIX:
            milliseconds = SEND_TIMEOUT_SECONDS * 1000
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        self._close_if_idle(self.loop.time() + self.timeout_keep_alive)

    def data_received(self, data: bytes) -> None:
        """Parse the data; reject headers that exceed the limit."""
        if self._rejected:
            return
        self._advanced = False
        idle_timer = self.timeout_keep_alive_task
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:  # WebSocket
            return
        now = self.loop.time()
        if self._advanced:
            self._bytes_without_progress = 0
            self._close_if_idle(now + self.timeout_keep_alive)
            return
        self._bytes_without_progress += len(data)
        if self._bytes_without_progress > MAX_HEADER_BYTES:
            self._reject_headers()
        before = idle_timer.when() if idle_timer else now + HEADER_TIMEOUT_SECONDS
        self._close_if_idle(min(before, now + HEADER_TIMEOUT_SECONDS))

    def on_message_begin(self) -> None:
        """Record that headers begin."""
        super().on_message_begin()
        self._in_headers = True

    def on_headers_complete(self) -> None:
        """Pass the request to the application, or reject it."""
        self._in_headers = False
        self._advanced = True
        self._discarded_bytes = 0
        if self._rejected or self._header_bytes() > MAX_HEADER_BYTES:
            self._rejected = True
            self.scope[REJECTION] = HEADERS_TOO_LARGE  # type: ignore[literal-required]
            self.url = b"/"  # the URL may be too long, and it is logged
        super().on_headers_complete()
        if self._rejected and self.cycle:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Limit the rest of a body after its response."""
        super().on_body(body)
        self._advanced = True
        if self.cycle and self.cycle.response_complete:
            self._discarded_bytes += len(body)
            if self._discarded_bytes > MAX_DISCARDED_BYTES:
                self.transport.close()

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

    def _close_if_idle(self, when: float) -> None:
        """Close the connection at this time, unless it has a request by then."""
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_at(when, self.timeout_keep_alive_handler)


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
