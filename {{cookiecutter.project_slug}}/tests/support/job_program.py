"""The command ``app`` with jobs of the tests' own, which write what they do to a file.

``TEST_CLOCK_SECONDS`` sets the clock of this process wrong by so many seconds.
"""

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path

from app.utils import clock

wrong = float(os.environ.get("TEST_CLOCK_SECONDS", "0"))
real_now, real_time = clock.utc_now, time.time
clock.utc_now = lambda: real_now() + timedelta(seconds=wrong)
time.time = lambda: real_time() + wrong

from app.core.config import Settings  # noqa: E402
from app.jobs import Context  # noqa: E402
from app.jobs import job  # noqa: E402

Settings.model_config["env_file"] = None


@job(max_retries=20)
async def write_line(context: Context, path: str, line: str, seconds: float) -> None:
    """Append a line, and another one at the end."""
    await append(path, f"begun {line}")
    await asyncio.sleep(seconds)
    await append(path, f"ended {line}")


@job(max_retries=2)
async def kill_worker(context: Context) -> None:
    """Die like a process that runs out of memory."""
    os.kill(os.getpid(), 9)


async def append(path: str, line: str) -> None:
    """Append a line to a file, in a single write."""
    with Path(path).open("a", encoding="utf-8") as file:  # noqa: ASYNC230
        file.write(f"{line}\n")


if __name__ == "__main__":
    from app.__main__ import main

    main()
