"""Start the commands of tests: without a terminal, with a time-out, and kill what is left of them.

Each command runs in a session of its own. A program that asks for a password opens the terminal;
without one it fails instead of waiting for input.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sessions
from sessions import Command

TIMEOUT_SECONDS = 1800


def run(
    command: Command,
    *,
    input: str | None = None,  # noqa: A002 - as in subprocess
    capture_output: bool = False,
    check: bool = False,
    timeout_seconds: float = TIMEOUT_SECONDS,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run a command as `subprocess.run` does."""
    if capture_output:
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if input is not None:
        options["stdin"] = subprocess.PIPE
    with started(command, encoding="utf-8", **options) as process:
        try:
            output, errors = process.communicate(input, timeout_seconds)
        except subprocess.TimeoutExpired:
            sessions.kill_session(process)
            printed = "".join(text or "" for text in process.communicate())
            raise AssertionError(f"{command} ran for {timeout_seconds} s\n{printed}") from None
    done = subprocess.CompletedProcess(command, process.returncode, output, errors)
    if check:
        done.check_returncode()
    return done


@contextmanager
def started(command: Command, **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """Start a command without input; kill its session when the block ends."""
    with sessions.started(command, **{"stdin": subprocess.DEVNULL, **options}) as process:
        yield process
