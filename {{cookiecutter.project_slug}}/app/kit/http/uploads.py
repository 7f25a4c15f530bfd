"""Raises the size limit for uploads, and limits concurrent uploads.

This is a middleware, because FastAPI reads the body before it runs dependencies.
"""

import re
from collections import Counter
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from app.kit.config.uploads import UploadSettings
from app.kit.exceptions import DomainError
from app.kit.exceptions import Unavailable
from app.kit.http.body_limits import BODY_LIMIT
from app.kit.http.body_limits import content_length
from app.kit.http.error_handlers import domain_error
from app.kit.http.error_handlers import http_error
from app.kit.http.proxies import route_path


class TooManyUploads(Unavailable):
    """The limit of concurrent uploads is reached, for one client or for all."""

    code = "too_many_uploads"
    retry_after = 5


class UploadLimits:
    """Accepts large bodies on upload paths, up to a number of concurrent uploads."""

    def __init__(
        self,
        app: ASGIApp,
        settings: UploadSettings,
        limits: Mapping[re.Pattern[str], int],
        identify: Callable[[Request], Awaitable[str]],
    ) -> None:
        """Raise the limits of matching paths; ``limits`` maps path patterns to bytes.

        ``identify`` returns the key of the client, or raises the error for the response.
        """
        self.app = app
        self.limits = limits
        self.identify = identify
        self.max_uploads = settings.max_concurrent_uploads
        self.max_uploads_per_client = settings.max_concurrent_uploads_per_client
        self.max_bytes = settings.max_concurrent_upload_bytes
        self.uploads: Counter[str] = Counter()
        self.bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise the body limit of an upload, and count it until the response is sent."""
        limit = self._limit(scope)
        if limit is None:
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        try:
            client = await self.identify(request)
            with self._under_way(client, min(content_length(scope) or limit, limit)):
                scope[BODY_LIMIT] = limit
                await self.app(scope, receive, send)
                return
        except DomainError as error:
            response = await domain_error(request, error)
        except HTTPException as error:
            response = await http_error(request, error)
        await response(scope, receive, send)

    def _limit(self, scope: Scope) -> int | None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        path = route_path(scope)
        return next((size for paths, size in self.limits.items() if paths.fullmatch(path)), None)

    @contextmanager
    def _under_way(self, client: str, size: int) -> Iterator[None]:
        """Count an upload inside the context; a single upload may have any size.

        Raises:
            TooManyUploads: a limit of concurrent uploads is reached.
        """
        if self.uploads[client] >= self.max_uploads_per_client:
            raise TooManyUploads(
                "You are uploading too many files at once. Send them one after the other."
            )
        if self.uploads.total() >= self.max_uploads or 0 < self.bytes > self.max_bytes - size:
            raise TooManyUploads("Too many files are being uploaded. Try again soon.")
        self.uploads[client] += 1
        self.bytes += size
        try:
            yield
        finally:
            self.uploads[client] -= 1
            self.bytes -= size
            self.uploads += Counter()  # removes clients without uploads
