"""Servers in processes of their own, as ``app serve`` starts them."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core.project import ROOT

# The command `app`, but for the developer's .env.
PROGRAM = """
from app.core.config import Settings
Settings.model_config["env_file"] = None
from app.cli import main
main()
"""
RUNNING = re.compile(r"running on (http://\S+)")
READY = "Application startup complete"
LOOK_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 90


@dataclass(frozen=True)
class Server:
    """A process that serves, and the file that it writes its log into."""

    process: subprocess.Popen[bytes]
    file: Path

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self.file.read_text(encoding="utf-8", errors="replace")

    @property
    def url(self) -> str:
        """Where it is; empty before it listens."""
        found = RUNNING.search(self.log)
        return found[1] if found else ""

    async def ended(self) -> None:
        """Wait until it has ended by itself."""
        await asyncio.to_thread(self.process.wait, LONGEST_WAIT_SECONDS)


def command(*arguments: str) -> list[str]:
    """The command ``app`` with these arguments."""
    return [sys.executable, "-c", PROGRAM, *arguments]


@contextmanager
def serving(count: int, workers: int = 1, /, **settings: str) -> Iterator[list[Server]]:
    """So many servers, started at once; each that still runs is stopped at the end."""
    with ExitStack() as stack:
        servers = [stack.enter_context(_started(workers, settings)) for _ in range(count)]
        for server in servers:
            _wait(server, workers)
        yield servers


@contextmanager
def _started(workers: int, settings: dict[str, str]) -> Iterator[Server]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "log"
        with file.open("wb") as log:  # a pipe that nobody reads would stop the server
            process = subprocess.Popen(
                command("serve", "--port", "0", "--workers", str(workers)),
                cwd=ROOT,
                env={**os.environ, "LOG_LEVEL": "INFO", **settings},
                stderr=log,
            )
        try:
            yield Server(process, file)
        finally:
            process.terminate()
            process.wait()


def _wait(server: Server, workers: int) -> None:
    """Look into the log until every worker serves."""
    while not server.url or server.log.count(READY) < workers:
        assert server.process.poll() is None, f"the server did not start:\n{server.log}"
        time.sleep(LOOK_SECONDS)
