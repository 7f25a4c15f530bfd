"""What happens to every request before and after its endpoint, from the outside in."""

import asyncio
import logging
import re

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.api.problems import STOPPING
from app.api.problems import UNEXPECTED
from app.api.problems import problem_response
from app.api.uploads import upload_limits  # %if uploads
from app.core.config import Settings
from app.core.context import request_id
from app.utils.ids import new_id

HEADER = "X-Request-ID"
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

WORTH_COMPRESSING = 1024
"""Bytes of an answer; a packet on its way to a phone holds somewhat more. Streams never are."""

logger = logging.getLogger(__name__)


def add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add all of it; the last that is added is the outermost."""
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(GZipMiddleware, minimum_size=WORTH_COMPRESSING, compresslevel=6)
    add_cors(app, settings)
    app.add_middleware(RequestId)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)


def add_cors(app: FastAPI, settings: Settings) -> None:
    """Tell browsers which websites may call, what these may send, and what they may read."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_origin_regex=settings.cors_origin_regex,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=[
            "Authorization",  # %if jwt
            "Content-Type",
            HEADER,
        ],
        expose_headers=[
            HEADER,
            "Retry-After",
        ],
    )


class RequestId:
    """Gives each request an id, or keeps the one that it brings."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the id for the log and send it back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        name = given if ACCEPTABLE_ID.fullmatch(given) else new_id().hex
        before = request_id.set(name)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            request_id.reset(before)


class BodyLimit:
    """Refuses a body above the limit: at once when its length is announced, else on the way."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.max_bytes = settings.max_body_bytes
        self.larger = upload_limits(settings)  # %if uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what arrives."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.max_bytes
        # %if uploads
        for path, size in self.larger.items():
            most = size if path.fullmatch(scope["path"]) else most
        # %endif
        detail = f"The body must not be longer than {most} bytes"
        announced = Headers(scope=scope).get("Content-Length", "0")
        if announced.isdigit() and int(announced) > most:
            response = problem_response(413, f"{detail}.", "content_too_large")
            await response(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413, detail)
            return message

        await self.app(scope, counted, send)


class UnexpectedErrors:
    """Answers what nobody expected, and what a server that must stop has no time for any more.

    Inside of CORS, so that a browser sees the answer too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show nothing of what went wrong. The log has it with its traceback."""
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
