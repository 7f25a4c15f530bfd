"""Rejects cross-site requests, with which a website could write through a visitor's browser.

The rules are those of Go's ``http.CrossOriginProtection``.
"""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from app.kit.config.http import HttpSettings
from app.kit.http.problems import problem_response

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
DETAIL = "Other websites must not send this request. The operator can allow one in CORS_ORIGINS."


class CrossSiteRequests:
    """Rejects unsafe requests that browsers send for websites that CORS does not allow."""

    def __init__(self, app: ASGIApp, settings: HttpSettings) -> None:
        self.app = app
        self._origins = settings.cors_origins
        self._pattern = re.compile(settings.cors_origin_regex or r"(?!)")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Accept safe methods, clients that are not browsers, and allowed websites."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            if _is_cross_site(headers) and not self._is_allowed(headers.get("Origin", "")):
                await problem_response(403, DETAIL, "cross_site_request")(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_allowed(self, origin: str) -> bool:
        is_listed = "*" in self._origins or origin in self._origins
        return is_listed or self._pattern.fullmatch(origin) is not None


def _is_cross_site(headers: Headers) -> bool:
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("Origin")
    # Compare only the host: behind a proxy that terminates TLS, the scheme may differ.
    return origin is not None and _host_of(origin) != headers.get("Host", "").lower()


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
