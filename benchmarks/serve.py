"""Requests per second of an authenticated ``me`` and a list of 20 items, ours against the bare app.

One worker, 32 connections, PostgreSQL and SQLite. Loads are interleaved (ours, reference, ours …)
and each ratio is the median of the rounds' ratios. The load comes from another process on the same
machine, so the numbers per second say little elsewhere; the ratios do.
"""

import argparse

from client import Job
from client import request
from databases import fill
from databases import scratch
from ratios import Series
from ratios import Target
from ratios import table
from ratios import verdict
from round_trips import round_trips
from servers import NAMES
from servers import OURS
from servers import REFERENCE
from servers import Server
from servers import both
from servers import measure

CONNECTIONS = 32
PATHS = {"me": "/api/v1/users/me", "20 items": "/api/v1/items?limit=20"}
TARGET = Target(0.80, at_least=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9, help="long: 31 (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1, help="of each load")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], action="append")
    arguments = parser.parse_args()
    rows: list[list[str]] = []
    for database in arguments.database or ["postgresql", "sqlite"]:
        rows += compare(database, arguments.rounds, arguments.seconds)
    header = ["", *(f"{name} /s" for name in NAMES), "ratio", "target"]
    print(table([*header, "round trips", "reference's"], rows))


def compare(database: str, rounds: int, seconds: float) -> list[list[str]]:
    """The rows of one database."""
    with scratch(database) as url:
        account = fill(url)
        requests = {row: request("GET", path, token=account.token) for row, path in PATHS.items()}
        with both(url) as servers:
            series = interleaved(servers, requests, rounds, seconds)
        trips = {
            (row, name): round_trips(name, url, text)
            for row, text in requests.items()
            for name in NAMES
        }
    return [
        row_of(f"{database}: {row}", row, series, [trips[row, name] for name in NAMES])
        for row in PATHS
    ]


def interleaved(
    servers: dict[str, Server], requests: dict[str, str], rounds: int, seconds: float
) -> Series:
    """Load one after the other, round after round; the first does not count."""
    series = Series()
    for number in range(rounds + 1):
        for row, text in requests.items():
            for name, server in servers.items():
                job = Job(server.port, text, CONNECTIONS, seconds)
                outcome = measure(job)
                if number:
                    series.add(row, name, outcome.per_second)
    return series


def row_of(label: str, row: str, series: Series, trips: list[float]) -> list[str]:
    """One line of the table."""
    ratio = series.ratio(row, OURS, REFERENCE)
    speeds = [f"{series.median(row, name):.0f}" for name in NAMES]
    counts = [f"{count:.1f}" for count in trips]
    return [label, *speeds, f"{ratio:.2f}", verdict(ratio, TARGET), *counts]


if __name__ == "__main__":
    main()
