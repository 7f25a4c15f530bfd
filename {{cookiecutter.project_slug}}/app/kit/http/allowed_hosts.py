"""Restricts the ``Host`` header to protect against DNS rebinding.

In this attack, the host name of a malicious website resolves to this server, so that the browser
treats both as the same origin.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from app.kit.http.problems import problem_response

DETAIL = "The host {!r} is not allowed. The operator can add it to ALLOWED_HOSTS."
MAX_SHOWN = 100


class AllowedHosts:
    """Rejects requests for hosts that are not listed.

    IP addresses and ``localhost`` are always allowed: health checks use them, and they cannot be
    rebound by DNS.
    """

    def __init__(self, app: ASGIApp, hosts: list[str]) -> None:
        self.app = app
        self._names = {host for host in hosts if not host.startswith("*.")}
        self._domains = tuple(host.removeprefix("*") for host in hosts if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reject the request unless its ``Host`` header is allowed."""
        if scope["type"] == "http":
            host = Headers(scope=scope).get("Host", "")
            if not self._is_allowed(host):
                detail = DETAIL.format(host[:MAX_SHOWN])
                await problem_response(400, detail, "host_not_allowed")(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_allowed(self, host: str) -> bool:
        name = _name_of(host)
        if name == "localhost" or name in self._names or name.endswith(self._domains):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


def _name_of(host: str) -> str:
    """Return the host name without its port, in lower case; empty if it is malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""
