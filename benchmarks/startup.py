"""From process start to the first 200 on an up-to-date database, and the memory at rest after it.

The core (accounts, no module) against the bare app, then each module against the core, one worker,
interleaved. Ours checks its settings and the revision of its database; the bare app lets SQLAlchemy
look for its tables. Byte code is cached for all. ``import`` is a process that does nothing but load
the application. Memory is the resident set of the one process, ``--rest`` seconds after the first
answer. No module has been asked for anything, and no custom model is declared.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from databases import scratch
from projects import MODULES
from ratios import Series
from ratios import Target
from ratios import table
from ratios import verdict
from servers import EVERYTHING
from servers import NAMES
from servers import OURS
from servers import REFERENCE
from servers import environment
from servers import folder_of
from servers import serving

TARGET = Target(1.25)
IMPORT, START, MEMORY = "import, s", "start, s", "memory, MB"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="long: 25 (default: %(default)s)")
    parser.add_argument("--rest", type=float, default=1.5, help="seconds before memory is read")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], action="append")
    arguments = parser.parse_args()
    rows: list[list[str]] = []
    for database in arguments.database or ["postgresql", "sqlite"]:
        series = compare(NAMES, database, arguments.rounds, arguments.rest)
        rows += [against_reference(database, row, series) for row in (START, MEMORY)]
    print(table(["", *NAMES, "ratio", "target"], rows))
    names = (OURS, *MODULES, EVERYTHING)
    series = compare(names, "sqlite", arguments.rounds, arguments.rest)
    header = [cell for row in (IMPORT, START, MEMORY) for cell in (row, "ratio")]
    print("\n" + table(["", *header], [against_core(name, series) for name in names]))


def compare(names: Sequence[str], database: str, rounds: int, rest: float) -> Series:
    """Start one after the other, round after round; the first does not count."""
    series = Series()
    with ExitStack() as stack:
        urls = {
            name: stack.enter_context(scratch(database, name if name != REFERENCE else OURS))
            for name in names
        }
        for number in range(rounds + 1):
            for name in names:
                loading = 0.0 if name == REFERENCE else import_seconds(name, urls[name])
                with serving(name, urls[name]) as server:
                    time.sleep(rest if number else 0)
                    if number:
                        series.add(IMPORT, name, loading)
                        series.add(START, name, server.start_seconds)
                        series.add(MEMORY, name, server.resident_bytes() / 2**20)
    return series


def import_seconds(name: str, url: str) -> float:
    """How long a process takes that loads the application and ends."""
    command = [sys.executable, "-c", "import app.main"]
    start = time.perf_counter()
    subprocess.run(command, cwd=folder_of(name), env=environment(url), check=True)
    return time.perf_counter() - start


def against_reference(database: str, row: str, series: Series) -> list[str]:
    """One line of the first table."""
    ratio = series.ratio(row, OURS, REFERENCE)
    medians = [f"{series.median(row, name):.2f}" for name in NAMES]
    return [f"{database}: {row}", *medians, f"{ratio:.2f}", verdict(ratio, TARGET)]


def against_core(name: str, series: Series) -> list[str]:
    """One line of the second table."""
    cells = []
    for row in (IMPORT, START, MEMORY):
        cells += [f"{series.median(row, name):.2f}", f"{series.ratio(row, name, OURS):.2f}"]
    return ["core" if name == OURS else f"with {name}", *cells]


if __name__ == "__main__":
    main()
