"""Uvicorn, such that a stop loses no request. What is served stands in ``main.py``."""

import errno
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from app.core.exceptions import StartupError
from app.heads import BoundedHeads

NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""Errors of one of several addresses of a name: many machines have no IPv6."""

LINGER_SECONDS = 0.5
KEEP_ALIVE_SECONDS = 75
"""Longer than apps and proxies keep a connection: who closes it must be whoever would send next."""


class Connection(BoundedHeads):
    """A connection that is not closed while a request may be on its way.

    When the server stops, Uvicorn closes at once what is idle. A request that was sent and not
    read yet would be lost, and its client could not know whether anything was done.
    """

    _stopping = False

    def shutdown(self) -> None:
        """Answer what still comes within a moment, and close."""
        self._stopping = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(LINGER_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def on_headers_complete(self) -> None:
        """Let a request that comes so late be the last of its connection."""
        super().on_headers_complete()
        if self._stopping and self.cycle:
            self.cycle.keep_alive = False


class Workers(Multiprocess):
    """Several processes that share a socket."""

    def terminate_all(self) -> None:
        """Take no connections any more that nobody would serve, and stop all of them."""
        for sock in self.sockets:
            sock.close()
        super().terminate_all()


def check_address(host: str, port: int) -> None:
    """Listen for a moment, to see that it can be done.

    Raises:
        StartupError: it cannot; says why, and which option chooses another place.
    """
    try:
        _listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartupError(
                f"Port {port} is taken by another program; choose another one with --port."
            ) from None
        raise StartupError(
            f"Nothing can listen at {host}, port {port} ({error.strerror}); "
            "choose another place with --host or --port."
        ) from None


def _listen(host: str, port: int) -> None:
    places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, _, _, _, address in places:
        try:
            socket.create_server(address, family=family).close()
        except OSError as error:
            if error.errno not in NOT_HERE or len(places) == 1:
                raise


def run(make: str | Callable[[], FastAPI], *, workers: int, **options: Any) -> None:
    """Serve the application that a function makes; where several processes call it, name it."""
    options.update(factory=True, http=Connection, timeout_keep_alive=KEEP_ALIVE_SECONDS)
    if workers == 1:
        uvicorn.run(make, **options)
        return
    config = uvicorn.Config(make, workers=workers, **options)
    Workers(config, [config.bind_socket()]).run()
