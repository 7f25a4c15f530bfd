"""Runs Uvicorn so that a shutdown loses no request. ``main.py`` defines the application."""

import errno
import signal
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from app.kit.exceptions import StartupError
from app.kit.http.http_protocol import GracefulHttpProtocol
from app.kit.project_metadata import ROOT

UNAVAILABLE_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""Errors of unsupported addresses, which are ignored if another works (such as IPv6)."""

RELOAD_INCLUDES = ["*.py", ".env", "config/*.toml"]
"""Files that ``--reload`` watches."""

WORKER_TIMEOUT_SECONDS = 60
"""How long a worker may be unresponsive before it is replaced. On a slow machine, a worker needs
longer to start than the default of five seconds, and would be killed repeatedly."""

KEEP_ALIVE_SECONDS = 75
"""Longer than the time-outs of apps and proxies: the client must close idle connections."""


class WorkerSupervisor(Multiprocess):
    """Worker processes that share a socket."""

    def init_processes(self) -> None:
        """Start the workers so that Ctrl-C, which reaches them too, is silent while they import.

        They inherit that it is ignored, until their server handles it. Their end of the pipe is
        closed here: otherwise nothing would tell the supervisor that a worker has ended.
        """
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        super().init_processes()
        signal.signal(signal.SIGINT, interrupt)
        for worker in self.processes:
            worker.child_conn.close()

    def terminate_all(self) -> None:
        """Close the sockets, so that no client waits for a stopped worker, then stop all."""
        for sock in self.sockets:
            sock.close()
        super().terminate_all()


def check_address(host: str, port: int) -> None:
    """Check that the server can listen on this address.

    Raises:
        StartupError: it cannot; the message names the reason and the options to change.
    """
    try:
        _listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartupError(
                f"Port {port} is already in use; choose another one with --port."
            ) from None
        raise StartupError(
            f"Cannot listen on {host}, port {port} ({error.strerror}); "
            "choose another address with --host or --port."
        ) from None


def browser_url(host: str, port: int) -> str:
    """Return the URL at which a browser on this machine reaches the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(host: str, port: int) -> None:
    places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, _, _, _, address in places:
        try:
            socket.create_server(address, family=family).close()
        except OSError as error:
            if error.errno not in UNAVAILABLE_ADDRESS or len(places) == 1:
                raise


def run(app_factory: str | Callable[[], FastAPI], *, workers: int, **options: Any) -> None:
    """Serve the application of a factory; several workers need its import string."""
    options.update(
        factory=True,
        http=GracefulHttpProtocol,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_worker_healthcheck=WORKER_TIMEOUT_SECONDS,
    )
    if options.get("reload"):
        options.update(reload_dirs=[str(ROOT)], reload_includes=RELOAD_INCLUDES)
    if workers == 1:
        uvicorn.run(app_factory, **options)
        return
    config = uvicorn.Config(app_factory, workers=workers, **options)
    WorkerSupervisor(config, [config.bind_socket()]).run()
