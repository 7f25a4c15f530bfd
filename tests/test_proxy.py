"""The proxy in front of several copies, with the file that a project has for it.

Only two things of that file are changed: where it listens, and where the backend is.
"""

import shutil
import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Event
from threading import Thread

import httpx2
import pytest

import serving
import support

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
        (pytest.fail if support.servers_required() else pytest.skip)("no caddy on PATH")
    return str(path)


@pytest.fixture
def proxy(caddy: str, bake: Callable[..., Path], tmp_path: Path) -> Iterator[str]:
    """The address of Caddy in front of the backend."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Backend) as backend:
        backend.daemon_threads = True
        Thread(target=backend.serve_forever, daemon=True).start()
        port = serving.free_port()
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
        with (tmp_path / "caddy.log").open("wb") as log:
            settings = support.environment(HOME=str(tmp_path))
            process = subprocess.Popen(command, env=settings, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            assert serving.ready(process, address), (tmp_path / "caddy.log").read_text()
            yield address
        finally:
            process.terminate()
            process.wait(serving.STOP_SECONDS)
            backend.shutdown()


def test_the_file_is_as_caddy_would_have_it(caddy: str, bake: Callable[..., Path]) -> None:
    path = bake(database="postgresql") / "Caddyfile"
    assert support.run([caddy, "fmt", str(path)], path.parent) == path.read_text(encoding="utf-8")


def test_each_event_of_a_stream_arrives_at_once(proxy: str) -> None:
    with httpx2.stream("GET", f"{proxy}/stream") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        events = (line for line in response.iter_lines() if line)
        for number in range(EVENTS):
            assert next(events) == f"data: {number}"
            Backend.arrived.set()


def test_the_backend_learns_who_asks_from_the_proxy_alone(proxy: str) -> None:
    httpx2.get(proxy, headers={"X-Forwarded-For": "203.0.113.7"})
    assert Backend.forwarded == "127.0.0.1"
