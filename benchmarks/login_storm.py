"""32 clients log in at once while ``/health/live`` is asked every 20 ms.

Both servers hash in as many threads as there are processors, with the same number of rounds. Shown
are the 99th percentile of the health route, ours against the bare app, and logins per second
against bcrypt alone: the same number of checks in the same number of threads of an idle process.
The clients and the database share the processors with the server, as they do in all of these.
"""

import argparse
import subprocess
import sys
from statistics import quantiles

from client import Job
from client import request
from databases import Account
from databases import fill
from databases import scratch
from ratios import Series
from ratios import Target
from ratios import table
from ratios import verdict
from servers import NAMES
from servers import OURS
from servers import REFERENCE
from servers import Server
from servers import both
from servers import measure

CLIENTS = 32
LATENCY, LOGINS = "p99 of /health/live, ms", "logins per second"
ALONE = "bcrypt alone"
TARGETS = {LATENCY: Target(2.0), LOGINS: Target(0.90, at_least=True)}
BCRYPT = """
import os, sys, time
from concurrent.futures import ThreadPoolExecutor
from passlib.context import CryptContext
count, rounds = int(sys.argv[1]), int(sys.argv[2])
context = CryptContext(schemes=["bcrypt_sha256"], bcrypt_sha256__rounds=rounds)
stored = context.hash("password")
with ThreadPoolExecutor(os.cpu_count()) as threads:
    start = time.perf_counter()
    list(threads.map(lambda _: context.verify("password", stored), range(count)))
    print(count / (time.perf_counter() - start))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="long: 9 (default: %(default)s)")
    parser.add_argument("--each", type=int, default=2, help="logins of each client in a round")
    parser.add_argument("--hash-rounds", type=int, default=12, help="2 to the power of this")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    arguments = parser.parse_args()
    hash_rounds = str(arguments.hash_rounds)
    settings = {"PASSWORD_HASH_ROUNDS": hash_rounds}
    with scratch(arguments.database) as url:
        account = fill(url, settings)
        with both(url, settings) as servers:
            series = interleaved(servers, account, hash_rounds, arguments.rounds, arguments.each)
    others = {LATENCY: REFERENCE, LOGINS: ALONE}
    rows = [row_of(row, series, other) for row, other in others.items()]
    print(table(["", *NAMES, ALONE, "ratio", "target"], rows))


def interleaved(
    servers: dict[str, Server], account: Account, hash_rounds: str, rounds: int, each: int
) -> Series:
    """A storm on one after the other, and bcrypt alone, round after round."""
    series = Series()
    for _ in range(rounds):
        for name, server in servers.items():
            probe = request("GET", "/health/live")
            job = Job(server.port, account.login(), CLIENTS, each=each, probe=probe)
            outcome = measure(job)
            series.add(LOGINS, name, outcome.per_second)
            series.add(LATENCY, name, quantiles(outcome.probes, n=100)[98] * 1000)
        series.add(LOGINS, ALONE, bcrypt_alone(CLIENTS * each, hash_rounds))
    return series


def bcrypt_alone(count: int, hash_rounds: str) -> float:
    """Checks per second with nothing else to do."""
    command = [sys.executable, "-c", BCRYPT, str(count), hash_rounds]
    return float(subprocess.check_output(command, encoding="utf-8"))


def row_of(row: str, series: Series, other: str) -> list[str]:
    """One line of the table."""
    ratio = series.ratio(row, OURS, other)
    known = [name for name in (*NAMES, ALONE) if series.values[row, name]]
    cells = [f"{series.median(row, name):.1f}" if name in known else "" for name in (*NAMES, ALONE)]
    return [row, *cells, f"{ratio:.2f} to {other}", verdict(ratio, TARGETS[row])]


if __name__ == "__main__":
    main()
