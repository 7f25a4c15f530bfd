"""Job functions for worker processes that misbehave."""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

SLEEP = "tests.support.work:sleep"
DIE = "tests.support.work:die"
FILL_MEMORY = "tests.support.work:fill_memory"
FAIL = "tests.support.work:fail"
INTERRUPT = "tests.support.work:interrupt"
REPORT = "tests.support.work:report"

Progress = Callable[[int], None]


def sleep(_job: str, progress: Progress) -> dict[str, Any]:
    """Never finish."""
    progress(42)
    time.sleep(600)
    return {}


def die(_job: str, _progress: Progress) -> dict[str, Any]:
    """Die like a process that the operating system kills."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def fill_memory(_job: str, _progress: Progress) -> dict[str, Any]:
    """Allocate memory without end."""
    chunks = []
    while True:
        chunks.append(bytearray(16 * 1024 * 1024))


def interrupt(_job: str, _progress: Progress) -> dict[str, Any]:
    """Send the signals of Ctrl-C to this process and to the one that forked it."""
    for process in (os.getpid(), os.getppid()):
        os.kill(process, signal.SIGINT)
        os.kill(process, signal.SIGTERM)
    return {"done": True}


def fail(_job: str, _progress: Progress) -> dict[str, Any]:
    """Raise an unexpected error."""
    raise RuntimeError("unexpected")


def report(job: str, progress: Progress) -> dict[str, Any]:
    """Return the job, and which modules of the application and its libraries are loaded."""
    progress(7)
    watched = ("app.main", "fastapi", "torch", "sqlalchemy", "sklearn", "pandas")
    return {"job": job, "loaded": [name for name in watched if name in sys.modules]}
