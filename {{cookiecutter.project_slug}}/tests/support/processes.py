"""Servers in processes of their own, as ``app serve`` starts them."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import asynccontextmanager
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from httpx2 import AsyncClient

from app.kit.project_metadata import ROOT
from tests.support.accounts import log_in_somebody
from tests.support.waiting import MAX_WAIT_SECONDS

UVICORN = """
from app.core.config import Settings
Settings.model_config["env_file"] = None
from uvicorn import main
main()
"""
RUNNING = re.compile(r"running on (http://\S+)")
READY = "Application startup complete"
LOOK_SECONDS = 0.05


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

    def wait_for(self, text: str, count: int = 1) -> None:
        """Wait until the log holds this text ``count`` times."""
        deadline = time.monotonic() + MAX_WAIT_SECONDS
        while self.log.count(text) < count:
            assert self.process.poll() is None, f"the server has ended:\n{self.log}"
            assert time.monotonic() < deadline, f"the server does not say {text!r}:\n{self.log}"
            time.sleep(LOOK_SECONDS)

    async def ended(self) -> None:
        """Wait until it has ended by itself."""
        await asyncio.to_thread(self.process.wait, MAX_WAIT_SECONDS)


def command(*arguments: str) -> list[str]:
    """The command ``app`` with these arguments."""
    return [sys.executable, "-m", "tests.support.app_program", *arguments]


def uvicorn_command(*arguments: str) -> list[str]:
    """The command ``uvicorn`` with these arguments."""
    return [sys.executable, "-c", UVICORN, *arguments]


@contextmanager
def serving_by(command_line: list[str], **settings: str) -> Iterator[Server]:
    """A server that this command starts."""
    with starting(command_line, settings) as server:
        server.wait_for(READY)
        server.wait_for("running on http")
        yield server


@contextmanager
def serving(count: int, workers: int = 1, /, **settings: str) -> Iterator[list[Server]]:
    """Start ``count`` servers at once; stop those that still run at the end."""
    with ExitStack() as stack:
        line = command("serve", "--port", "0", "--workers", str(workers))
        servers = [stack.enter_context(starting(line, settings)) for _ in range(count)]
        for server in servers:
            server.wait_for(READY, workers)
            server.wait_for("running on http")
        yield servers


@contextmanager
def starting(
    command_line: list[str], settings: dict[str, str], *, own_group: bool = False
) -> Iterator[Server]:
    """A server that has been started, and need not be ready; its own group can be signalled."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "log"
        with file.open("wb") as log:  # a pipe that nobody reads would stop the server
            process = subprocess.Popen(
                command_line,
                cwd=ROOT,
                env={**os.environ, "LOG_LEVEL": "INFO", **settings},
                stdout=log,
                stderr=log,
                start_new_session=own_group,
            )
        try:
            yield Server(process, file)
        finally:
            process.terminate()
            process.wait()


@asynccontextmanager
async def somebody_at(server: Server) -> AsyncIterator[AsyncClient]:
    """A client of a server, who may use it."""
    async with AsyncClient(base_url=server.url, timeout=MAX_WAIT_SECONDS) as client:
        await log_in_somebody(client)  # %if jwt
        yield client
