"""Start the server of a generated backend for a test, on a free port, and stop it."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from support import clean_environment
from support import processes

READY_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 20


@contextmanager
def run_server(command: list[str], project: Path, logs: Path, **settings: str) -> Iterator[str]:
    """Run a server until the block ends; yield its URL once it is ready."""
    port = find_free_port()
    address = f"http://127.0.0.1:{port}"
    log = logs / f"server-{port}.log"
    with (
        log.open("wb") as output,
        processes.started(
            [*command, "--port", str(port)],
            cwd=project,
            env=clean_environment.build_environment(**settings),
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            assert wait_until_ready(server, f"{address}/health/ready"), log.read_text(
                encoding="utf-8"
            )
            yield address
        finally:
            server.terminate()
            server.wait(STOP_TIMEOUT_SECONDS)


def find_free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(server: subprocess.Popen[bytes], url: str) -> bool:
    """Return whether the server becomes ready before it exits or the time-out passes."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if httpx2.get(url, timeout=5).status_code == httpx2.codes.OK:
                return True
        except httpx2.TransportError:
            time.sleep(0.1)
    return False
