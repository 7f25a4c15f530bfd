"""Sentence embeddings for 32 clients: ours against a pipeline that each request calls in a thread.

Uses a real model, all-MiniLM-L6-v2, on the CPU: inside the process, with texts of 4 to 40 words and
of four words; and over HTTP, with a request to ``/health/live`` every 20 ms. The two take turns.
The naive way uses PyTorch's default number of threads, and ours its default settings.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from client import Job
from client import request
from databases import fill
from databases import scratch
from embedding import NAIVE
from embedding import NAIVE_PATH
from embedding import OURS
from embedding import texts
from ratios import Series
from ratios import Target
from ratios import table
from ratios import verdict
from servers import TEMPLATE
from servers import environment
from servers import measure
from servers import serving

CLIENTS = 32
MIXED, SHORT = (4, 40), (4, 4)
SIDES = (OURS, NAIVE)
PATHS = {OURS: "/api/v1/ai/custom-models/sentences/embed", NAIVE: NAIVE_PATH}
PER_SECOND, MEDIAN, SLOWEST, HEALTH = "per second", "p50, ms", "p99, ms", "p99 of health, ms"
INSIDE = {"inside, 4-40 words": MIXED, "inside, four words": SHORT}
OVER_HTTP = {"HTTP, 4-40 words": MIXED, "HTTP, four words": SHORT}
TARGETS = {
    "inside, 4-40 words": Target(2, at_least=True),
    "inside, four words": Target(6, at_least=True),
    "HTTP, 4-40 words": Target(2, at_least=True),
    "HTTP, four words": Target(2, at_least=True),
}
HEALTH_TARGET = Target(1 / 3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="long: 9 (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="of each side in each round")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="sqlite")
    arguments = parser.parse_args()
    series = Series()
    inside(series, arguments.rounds, arguments.seconds)
    over_http(series, arguments.database, arguments.rounds, arguments.seconds)
    rows = [row for name in TARGETS for row in rows_of(name, series)]
    print(table(["", *SIDES, "ratio", "target"], rows))


def rows_of(name: str, series: Series) -> list[list[str]]:
    """Return the table rows of one comparison."""
    rows = []
    for kind in (PER_SECOND, MEDIAN, SLOWEST, HEALTH):
        row = f"{name}: {kind}"
        if (row, OURS) not in series.values:
            continue
        ratio = series.ratio(row, OURS, NAIVE)
        target = {PER_SECOND: TARGETS[name], HEALTH: HEALTH_TARGET}.get(kind)
        medians = [f"{series.median(row, side):.1f}" for side in SIDES]
        rows.append([row, *medians, f"{ratio:.2f}", verdict(ratio, target) if target else ""])
    return rows


def add(series: Series, name: str, side: str, latencies: list[float], seconds: float) -> None:
    """Add the results of one side in one round."""
    percents = quantiles(latencies, n=100)
    series.add(f"{name}: {PER_SECOND}", side, len(latencies) / seconds)
    series.add(f"{name}: {MEDIAN}", side, percents[49] * 1000)
    series.add(f"{name}: {SLOWEST}", side, percents[98] * 1000)


def inside(series: Series, rounds: int, seconds: float) -> None:
    """Measure both sides in separate processes; one waits while the other works."""
    with ExitStack() as stack:
        sides = {side: stack.enter_context(embedding(side)) for side in SIDES}
        for number in range(rounds + 1):
            for name, words in INSIDE.items():
                for side, process in sides.items():
                    job = {"words": words, "clients": CLIENTS, "seconds": seconds}
                    outcome = ask(process, job)
                    if number:
                        add(series, name, side, outcome["latencies"], outcome["seconds"])


@contextmanager
def embedding(side: str) -> Iterator["subprocess.Popen[str]"]:
    """Start one side, and yield it when it is ready for jobs."""
    with TemporaryDirectory() as folder:
        config_file = Path(folder) / "models.toml"
        config_file.touch()
        settings = {"CUSTOM_MODELS_FILE": str(config_file), "PYTHONPATH": str(TEMPLATE)}
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("embedding.py")), side, config_file],
            cwd=TEMPLATE,
            env=environment("sqlite:///never_used.db", settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        try:
            if not process.stdout or process.stdout.readline().strip() != "ready":
                raise RuntimeError(f"{side} does not start")
            yield process
        finally:
            process.kill()
            process.communicate()


def ask(process: "subprocess.Popen[str]", job: dict[str, Any]) -> dict[str, Any]:
    """Run a job and return its result."""
    print(json.dumps(job), file=process.stdin, flush=True)
    outcome: dict[str, Any] = json.loads(process.stdout.readline() if process.stdout else "")
    return outcome


def over_http(series: Series, database: str, rounds: int, seconds: float) -> None:
    """Measure two servers in turns, each on its own path."""
    with ExitStack() as stack:
        url = stack.enter_context(scratch(database))
        token = fill(url).token
        folder = Path(stack.enter_context(TemporaryDirectory()))
        servers = {}
        for side in SIDES:
            file = folder / f"{side}.toml"
            settings = {"CUSTOM_MODELS_FILE": str(file)}
            servers[side] = stack.enter_context(serving("models", url, settings))
        for number in range(rounds + 1):
            for name, words in OVER_HTTP.items():
                for side, server in servers.items():
                    first, *others = (
                        request(
                            "POST", PATHS[side], token=token, body=json.dumps({"inputs": [text]})
                        )
                        for text in texts(*words)
                    )
                    probe = request("GET", "/health/live")
                    job = Job(server.port, first, CLIENTS, seconds, probe=probe, others=others)
                    outcome = measure(job)
                    if number:
                        add(series, name, side, outcome.latencies, outcome.seconds)
                        slowest = quantiles(outcome.probes, n=100)[98] * 1000
                        series.add(f"{name}: {HEALTH}", side, slowest)


if __name__ == "__main__":
    main()
