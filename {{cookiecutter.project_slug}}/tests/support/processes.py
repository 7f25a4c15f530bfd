"""Servers in processes of their own, as ``app serve`` starts them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass

from app.core.project import ROOT

# The command `app`, but for the developer's .env.
PROGRAM = """
from app.core.config import Settings
Settings.model_config["env_file"] = None
from app.cli import main
main()
"""
RUNNING = re.compile(r"running on (http://\S+)")


@dataclass(frozen=True)
class Server:
    """A server that answers: where, and what it said while it started."""

    url: str
    log: str


def command(*arguments: str) -> list[str]:
    """The command ``app`` with these arguments."""
    return [sys.executable, "-c", PROGRAM, *arguments]


@contextmanager
def serving(count: int, **settings: str) -> Iterator[list[Server]]:
    """So many servers, started at once; each is stopped at the end."""
    with ExitStack() as stack:
        processes = [stack.enter_context(_started(settings)) for _ in range(count)]
        yield [_wait(process) for process in processes]


@contextmanager
def _started(settings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command("serve", "--port", "0"),
        cwd=ROOT,
        env={**os.environ, "LOG_LEVEL": "INFO", **settings},
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def _wait(process: subprocess.Popen[str]) -> Server:
    """Read what the server says until it says where it is."""
    assert process.stderr is not None
    log = ""
    for line in process.stderr:
        log += line
        if found := RUNNING.search(line):
            return Server(url=found[1], log=log)
    raise AssertionError(f"the server did not start:\n{log}")
