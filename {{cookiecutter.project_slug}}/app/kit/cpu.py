"""The number of available CPUs."""

import math
import os
import sys
from contextlib import suppress
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""The CPU quota of a Linux container: microseconds per period."""


def available_cpus() -> int:
    """Return the number of CPUs that this process may use: affinity and quota may limit it."""
    count = os.cpu_count() or 1
    if sys.platform == "linux":
        count = len(os.sched_getaffinity(0))
        with suppress(OSError, ValueError):  # the file is missing, or says "max": no quota
            quota, period = map(int, QUOTA.read_text(encoding="ascii").split())
            count = min(count, max(1, math.ceil(quota / period)))
    return count
