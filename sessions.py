"""Run commands in sessions of their own, and kill every process that they leave behind.

A session has no terminal: a program that asks for a password there fails instead of waiting for
input. `dev.py` and the tests use this module, so it imports nothing but the standard library.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path
from typing import Any

STOP_TIMEOUT_SECONDS = 30
PR_SET_CHILD_SUBREAPER = 36

Command = Sequence[str | Path] | str


@contextmanager
def started(command: Command, **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """Start a command; kill its session when the block ends."""
    process = subprocess.Popen(command, start_new_session=True, **options)
    try:
        yield process
    finally:
        kill_session(process)
        process.wait()


def kill_session(process: "subprocess.Popen[Any]") -> None:
    """Kill a command and all processes of its session that still run."""
    if os.name == "nt":
        process.kill()
    else:
        send_signal(process, signal.SIGKILL)


def send_signal(process: "subprocess.Popen[Any]", number: int) -> None:
    """Send a signal to a session; on Windows, Ctrl-C reaches all processes without it."""
    if os.name != "nt":
        # macOS raises PermissionError where all processes have exited.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)


def run_to_end(command: Command, folder: Path) -> int:
    """Run a command, pass Ctrl-C on to it, and kill what it left behind; return its exit code.

    On Linux this includes processes that started a session of their own.
    """
    adopt_orphans()
    before = list_children()
    try:
        with started(command, cwd=folder) as process:
            try:
                reap_orphans(process)
                return process.wait()
            except KeyboardInterrupt:
                send_signal(process, signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_TIMEOUT_SECONDS)
                raise
    finally:
        while left := list_children() - before:
            for child in left:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent exits (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(process: "subprocess.Popen[Any]") -> None:
    """Reap adopted processes until this one exits; tests wait for that (Linux only)."""
    if sys.platform == "linux":
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)) is not None:
            if ended.si_pid == process.pid:
                return
            os.waitpid(ended.si_pid, 0)


def list_children() -> set[int]:
    """Return the ids of the child processes of this one (Linux only)."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(number) for each in lists for number in each.read_text().split()}
