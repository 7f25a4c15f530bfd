"""Middleware for all requests: ids, unexpected errors, HEAD, and security headers."""

import asyncio
import logging
import re

from starlette.datastructures import Headers
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from app.kit.http.problems import STOPPING
from app.kit.http.problems import UNEXPECTED
from app.kit.http.problems import problem_response
from app.kit.request_context import request_id
from app.utils.ids import new_id

HEADER = "X-Request-ID"
VALID_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}

logger = logging.getLogger(__name__)


class RequestId:
    """Assigns an id to each request, or keeps a valid ``X-Request-ID``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the id for log records, and add it to the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        name = given if VALID_ID.fullmatch(given) else new_id().hex
        before = request_id.set(name)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            request_id.reset(before)


class UnexpectedErrors:
    """Responds to unexpected errors, and to requests that are cancelled because the server stops.

    It runs inside the CORS middleware, so that browsers can read the response.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond without details of the error; the log has its traceback."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except asyncio.CancelledError:
            if not started and scope["type"] == "http":
                headers = {"Retry-After": "1"}
                response = problem_response(503, STOPPING, "server_stopping", headers=headers)
                await response(scope, receive, send)
            raise
        except Exception:
            if started or scope["type"] != "http":
                raise
            logger.exception("unexpected error")
            await problem_response(500, UNEXPECTED, "internal_error")(scope, receive, send)


class HeadRequests:
    """Responds to HEAD on every path that has a GET operation (RFC 9110, section 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HEAD to the application as GET, and drop the body of the response."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        finished = False

        async def send_without_body(message: Message) -> None:
            nonlocal finished
            if finished:
                return
            if message["type"] == "http.response.body":
                finished = True  # do not wait for the end of a stream
                message = {"type": "http.response.body"}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)


class SecurityHeaders:
    """Adds security headers for browsers, unless the response sets them itself.

    The proxy that terminates TLS adds ``Strict-Transport-Security``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add missing headers to the response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)
