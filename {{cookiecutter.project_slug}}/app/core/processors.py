"""How many processors there are to compute with."""

import math
import os
import sys
from contextlib import suppress
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Where Linux tells a container how much processor time it has: microseconds of a period."""


def available_processors() -> int:
    """Those that this process may use; a container or a job often has fewer than its machine."""
    count = os.cpu_count() or 1
    if sys.platform == "linux":
        count = len(os.sched_getaffinity(0))
        with suppress(OSError, ValueError):  # no file, or "max": no quota
            quota, period = map(int, QUOTA.read_text(encoding="ascii").split())
            count = min(count, max(1, math.ceil(quota / period)))
    return count
