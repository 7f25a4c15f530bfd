"""The servers under test, ours and the reference, each as a process of its own.

Ours is the core of the template: a project with accounts and without any module.

Both run in one uvicorn worker with uvicorn's own choice of loop and parser and with access logs
into a file. Ours runs as in production (JSON log, no ``/docs``) without rate limits; the reference
has uvicorn's own log.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from client import HOST
from client import Job
from client import Outcome
from projects import MODULES
from projects import project

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE.parent / "{{cookiecutter.project_slug}}"
OURS, REFERENCE, EVERYTHING = "ours", "reference", "everything"
NAMES = (OURS, REFERENCE)
SECRET = "0123456789-abcdefghijklmnopqrstuvwxyz-benchmark"  # noqa: S105
DRIVERS = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
APP = [sys.executable, "-c", "from app.cli import main; main()"]
SERVE = [*APP, "serve", "--port"]
COMMANDS = {
    REFERENCE: [sys.executable, "-m", "uvicorn", "bare_app:app", "--port"],
    "models": [sys.executable, str(HERE / "models_server.py"), "--port"],
}
READY_SECONDS = 30

Settings = dict[str, str]
"""Environment variables."""


class Server(NamedTuple):
    """A server that answers, and how long its start took from process to first 200."""

    port: int
    process: subprocess.Popen[bytes]
    start_seconds: float

    def resident_bytes(self) -> int:
        """The memory of its process that is really there (RSS). Linux and macOS only."""
        command = ["ps", "-o", "rss=", "-p", str(self.process.pid)]
        return int(subprocess.check_output(command, encoding="utf-8")) * 1024


def environment(database_url: str, settings: Settings | None = None) -> Settings:
    """Variables for both servers. No cache may lie in the template folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    scheme = database_url.partition(":")[0]
    return {
        **kept,
        "PYTHONPYCACHEPREFIX": str(Path(sys.prefix) / "cache" / "python"),
        "ENVIRONMENT": "production",
        "LLM_API_KEY": "never used",
        "SECRET_KEY": SECRET,
        "RATE_LIMIT_ENABLED": "false",
        "DATABASE_URL": database_url,
        "BARE_DATABASE_URL": database_url.replace(scheme, DRIVERS[scheme], 1),
        **(settings or {}),
    }


@contextmanager
def serving(
    name: str, database_url: str, settings: Settings | None = None, before: Sequence[str] = ()
) -> Iterator[Server]:
    """Run a server until the block ends; ``before`` stands in front of its command."""
    with ExitStack() as stack:
        log = Path(stack.enter_context(TemporaryDirectory())) / "server.log"
        output = stack.enter_context(log.open("wb"))
        port = free_port()
        python, *arguments = COMMANDS.get(name, SERVE)
        start = time.perf_counter()
        process = subprocess.Popen(
            [python, *before, *arguments, str(port)],
            cwd=folder_of(name),
            env=environment(database_url, settings),
            stdout=output,
            stderr=output,
        )
        try:
            wait_until_live(process, port, log)
            yield Server(port, process, time.perf_counter() - start)
        finally:
            process.terminate()
            process.wait()


def folder_of(name: str) -> Path:
    """Where a server runs: the reference, ours, or ours with the modules of that name."""
    if name == REFERENCE:
        return HERE
    if name == "models":
        return project("custom models")
    return project(*([] if name == OURS else MODULES if name == EVERYTHING else [name]))


@contextmanager
def both(database_url: str, settings: Settings | None = None) -> Iterator[dict[str, Server]]:
    """Run both on the same database; an idle server uses no CPU."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving(name, database_url, settings)) for name in NAMES}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_until_live(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Ask ``/health/live`` every other millisecond until it answers 200."""
    deadline = time.perf_counter() + READY_SECONDS
    question = f"GET /health/live HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
    while process.poll() is None and time.perf_counter() < deadline:
        try:
            with socket.create_connection((HOST, port), timeout=1) as connection:
                connection.sendall(question.encode())
                if connection.recv(64).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        time.sleep(0.002)
    raise RuntimeError(f"the server does not answer:\n{log.read_text(encoding='utf-8')}")


def measure(job: Job) -> Outcome:
    """Load a server from another process."""
    done = subprocess.run(
        [sys.executable, str(HERE / "client.py")],
        input=json.dumps(asdict(job)),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Outcome(**json.loads(done.stdout))
