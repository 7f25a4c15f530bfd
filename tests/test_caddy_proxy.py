"""The proxy in front of several copies, with the file that a project has for it.

Only two things of that file are changed: where it listens, and where the backend is.
"""

import shutil
from collections.abc import Callable
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Event
from threading import Thread

import httpx2
import pytest

from support import app_server
from support import clean_environment
from support import external_servers
from support import processes

EVENTS = 3


class Backend(BaseHTTPRequestHandler):
    """Sends the next event of a stream only after the one before has arrived."""

    arrived = Event()
    forwarded: str | None = None

    def do_GET(self) -> None:
        """An empty answer, or a stream."""
        type(self).forwarded = self.headers["X-Forwarded-For"]
        self.send_response(200)
        if self.path != "/stream":
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for number in range(EVENTS):
            self.wfile.write(f"data: {number}\n\n".encode())
            self.wfile.flush()
            self.arrived.wait()
            self.arrived.clear()

    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002
        """Write nothing."""


@pytest.fixture
def caddy() -> str:
    """The program; without it the test is skipped or, where servers are required, fails."""
    path = shutil.which("caddy")
    if path is None:
        (pytest.fail if external_servers.servers_required() else pytest.skip)("no caddy on PATH")
    return str(path)


@pytest.fixture
def proxy(caddy: str, bake: Callable[..., Path], tmp_path: Path) -> Iterator[str]:
    """The address of Caddy in front of the backend."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Backend) as backend:
        backend.daemon_threads = True
        Thread(target=backend.serve_forever, daemon=True).start()
        port = app_server.find_free_port()
        config = tmp_path / "Caddyfile"
        text = (bake(database="postgresql") / "Caddyfile").read_text(encoding="utf-8")
        for ours, theirs in (
            ("\n:80 {\n", f"\nhttp://127.0.0.1:{port} {{\n"),
            (" a app 8000 ", f" a 127.0.0.1 {backend.server_port} "),
        ):
            assert text.count(ours) == 1
            text = text.replace(ours, theirs)
        config.write_text("{\n\tadmin off\n}\n" + text, encoding="utf-8")
        command = [caddy, "run", "--config", str(config), "--adapter", "caddyfile"]
        settings = clean_environment.build_environment(HOME=str(tmp_path))
        with (
            (tmp_path / "caddy.log").open("wb") as log,
            processes.started(command, env=settings, stdout=log, stderr=log) as process,
        ):
            address = f"http://127.0.0.1:{port}"
            assert app_server.wait_until_ready(process, address), (
                tmp_path / "caddy.log"
            ).read_text()
            yield address
        backend.shutdown()


def test_caddy_fmt_accepts_the_file(caddy: str, bake: Callable[..., Path]) -> None:
    path = bake(database="postgresql") / "Caddyfile"
    assert clean_environment.run([caddy, "fmt", str(path)], path.parent) == path.read_text(
        encoding="utf-8"
    )


def test_streamed_events_are_not_buffered(proxy: str) -> None:
    with httpx2.stream("GET", f"{proxy}/stream") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        events = (line for line in response.iter_lines() if line)
        for number in range(EVENTS):
            assert next(events) == f"data: {number}"
            Backend.arrived.set()


def test_only_the_proxy_decides_the_client_ip(proxy: str) -> None:
    httpx2.get(proxy, headers={"X-Forwarded-For": "203.0.113.7"})
    assert Backend.forwarded == "127.0.0.1"
