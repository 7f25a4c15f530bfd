"""Work that goes wrong, for workers: each takes an order and a function to tell percents."""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

SLEEP = "tests.support.work:sleep"
DIE = "tests.support.work:die"
EAT = "tests.support.work:eat"
FAIL = "tests.support.work:fail"
TELL = "tests.support.work:tell"

Progress = Callable[[int], None]


def sleep(_order: str, progress: Progress) -> dict[str, Any]:
    """Never come to an end."""
    progress(42)
    time.sleep(600)
    return {}


def die(_order: str, _progress: Progress) -> dict[str, Any]:
    """End as a process does that the system kills."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def eat(_order: str, _progress: Progress) -> dict[str, Any]:
    """Take memory without end."""
    eaten = []
    while True:
        eaten.append(bytearray(16 * 1024 * 1024))


def fail(_order: str, _progress: Progress) -> dict[str, Any]:
    """Do what nobody expected."""
    raise RuntimeError("nobody expected this")


def tell(order: str, progress: Progress) -> dict[str, Any]:
    """Tell what was ordered, and what of this application and its libraries is loaded."""
    progress(7)
    watched = ("app.main", "fastapi", "torch", "sqlalchemy", "sklearn", "pandas")
    return {"order": order, "loaded": [name for name in watched if name in sys.modules]}
