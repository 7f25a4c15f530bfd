"""Limits the size of request bodies, and responds to requests that the protocol rejects."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from time import monotonic

from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from app.kit.config.http import HttpSettings
from app.kit.http.client_ip import rate_limit_ip
from app.kit.http.error_handlers import http_error
from app.kit.http.proxies import route_path

REJECTION = "app.rejection"
"""Scope key: status and detail of a request that ``http_protocol.py`` rejects."""

BODY_LIMIT = "app.body_limit"
"""Scope key: the limit of a request that replaces ``MAX_BODY_BYTES``."""

SMALL_BODY_BYTES = 64 * 1024
"""Smaller bodies are not counted, because Uvicorn buffers as much for every connection."""

CLIENT_SHARE = 4
"""One client may use at most this fraction (1/4) of ``MAX_CONCURRENT_BODY_BYTES``."""

BODY_TIMEOUT_SECONDS = 30
MIN_BODY_BYTES = 30 * 1024
"""The minimum number of bytes in each ``BODY_TIMEOUT_SECONDS``: a fifth of the speed of EDGE."""

BODY_TOO_SLOW = (
    f"The body must arrive at {MIN_BODY_BYTES // BODY_TIMEOUT_SECONDS} bytes a second or more"
)
BUSY = "The server is receiving too many large requests. Try again soon."


def content_length(scope: Scope) -> int | None:
    """Return the ``Content-Length``; None if it is missing (chunked) or invalid."""
    length = Headers(scope=scope).get("Content-Length", "")
    return int(length) if re.fullmatch("[0-9]{1,20}", length) else None


class BodyLimit:
    """Rejects bodies above the limit, by ``Content-Length`` or while reading a chunked body.

    It also limits the total size of all bodies, because they stay in memory until the response.
    """

    def __init__(
        self, app: ASGIApp, settings: HttpSettings, limits: Mapping[re.Pattern[str], int]
    ) -> None:
        """Set the limits; ``limits`` maps path patterns to smaller limits in bytes."""
        self.app = app
        self.limits = limits
        self.max_bytes = settings.max_body_bytes
        self.max_concurrent_bytes = settings.max_concurrent_body_bytes
        self.concurrent_bytes: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reject the request, or count its body while it is read."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope)
        detail = f"The body must not be longer than {limit} bytes"
        if REJECTION in scope or (content_length(scope) or 0) > limit:
            error = HTTPException(*scope.get(REJECTION, (413, detail)))
            response = await http_error(Request(scope), error)
            await response(scope, receive, send)
            return
        received = held = 0
        receive_in_time = limit_waiting(receive)

        async def counted() -> Message:
            nonlocal received, held
            message = await receive_in_time()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, detail)
            if received > SMALL_BODY_BYTES and BODY_LIMIT not in scope:
                self._hold(rate_limit_ip(Request(scope)), received - held)
                held = received
            return message

        try:
            await self.app(scope, counted, send)
        finally:
            if held:
                self.concurrent_bytes -= Counter({rate_limit_ip(Request(scope)): held})

    def _hold(self, client: str, size: int) -> None:
        total = self.concurrent_bytes.total() + size
        share = self.max_concurrent_bytes // CLIENT_SHARE
        if total > self.max_concurrent_bytes or self.concurrent_bytes[client] + size > share:
            raise HTTPException(503, BUSY, {"Retry-After": "1"})
        self.concurrent_bytes[client] += size

    def _limit(self, scope: Scope) -> int:
        path = route_path(scope)
        for paths, limit in self.limits.items():
            if paths.fullmatch(path):
                return min(limit, self.max_bytes)
        raised: int = scope.get(BODY_LIMIT, self.max_bytes)
        return raised


def limit_waiting(receive: Receive) -> Receive:
    """Return a ``receive`` that raises 408 if the client sends its body too slowly."""
    seconds, missing = float(BODY_TIMEOUT_SECONDS), MIN_BODY_BYTES
    is_complete = False

    async def receive_in_time() -> Message:
        nonlocal seconds, missing, is_complete
        started = monotonic()
        try:
            async with asyncio.timeout(None if is_complete else seconds):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, BODY_TOO_SLOW, {"Connection": "close"}) from None
        seconds -= monotonic() - started
        missing -= len(message.get("body", b""))
        if missing <= 0:
            seconds, missing = float(BODY_TIMEOUT_SECONDS), MIN_BODY_BYTES
        is_complete = not message.get("more_body", False)
        return message

    return receive_in_time
