"""Reverse proxies: their ``X-Forwarded-…`` headers, and the path prefix they serve."""

import re
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.utils import get_remote_addr
from uvicorn.protocols.utils import is_ssl

from app.kit.config.http import PATH_PREFIX
from app.kit.config.http import HttpSettings

OWN_PATHS = re.compile(r"/api/v\d")
"""Paths that begin with ``/api`` by themselves, not by the prefix of a proxy."""


class TrustedProxies:
    """Accepts ``X-Forwarded-…`` headers only from the proxies in ``TRUSTED_PROXIES``."""

    def __init__(self, app: ASGIApp, settings: HttpSettings) -> None:
        self._root_path = settings.root_path
        inner: Any = app
        self._forwarded: Any = ProxyHeadersMiddleware(inner, settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the client, the scheme and the root path of the request."""
        if scope["type"] == "http":
            _restore_connection(scope, receive)
            add_root_path(scope, self._root_path or self._forwarded_prefix(scope))
        await self._forwarded(scope, receive, send)

    def _forwarded_prefix(self, scope: Scope) -> str:
        client = scope.get("client")
        if client is None or client[0] not in self._forwarded.trusted_hosts:
            return ""
        prefix = Headers(scope=scope).get("X-Forwarded-Prefix", "").rstrip("/")
        return prefix if PATH_PREFIX.fullmatch(prefix) else ""


def _restore_connection(scope: Scope, receive: Receive) -> None:
    """Restore client and scheme of the connection, which Uvicorn may have replaced.

    By default, it trusts localhost or ``FORWARDED_ALLOW_IPS``. ``app serve`` disables that; the
    commands ``uvicorn`` and ``gunicorn`` do not.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        scope["client"] = get_remote_addr(transport)
        scope["scheme"] = "https" if is_ssl(transport) else "http"


def add_root_path(scope: Scope, prefix: str) -> None:
    """Add a prefix to ``path`` and ``root_path`` (ASGI), even if the proxy has stripped it."""
    if not prefix:
        return
    path = scope["path"]
    is_stripped = not path.startswith(f"{prefix}/") or OWN_PATHS.match(path)
    scope["path"] = prefix + path if is_stripped and path != prefix else path
    scope["root_path"] = prefix


def route_path(scope: Scope) -> str:
    """Return the path without the prefix of a proxy, as the routes define it."""
    path: str = scope["path"]
    root_path = scope.get("root_path", "").rstrip("/")
    return path.removeprefix(root_path) if path.startswith(f"{root_path}/") else path
