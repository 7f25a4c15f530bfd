"""Workers in processes of their own that stop, are killed, or have wrong clocks."""

import asyncio
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from app.kit.db.database import Database
from tests.support.job_program import kill_worker
from tests.support.job_program import write_line
from tests.support.jobs import LOOK_SECONDS
from tests.support.jobs import all_jobs
from tests.support.jobs import enqueue
from tests.support.jobs import job_with_status
from tests.support.processes import Server
from tests.support.processes import starting
from tests.support.waiting import MAX_WAIT_SECONDS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

READY = "running up to 2 jobs"
MANY = 1000


class Workers:
    """Starts processes, and stops them after the test."""

    def __init__(self, stack: ExitStack, database_url: str, folder: Path) -> None:
        self.file = folder / "lines"
        self._stack = stack
        self._url = database_url

    def start(self, *, clock_seconds: float = 0, **settings: str) -> Server:
        """Start ``app work``."""
        line = [sys.executable, "-m", "tests.support.job_program", "work", "--workers", "2"]
        values = {
            "DATABASE_URL": self._url,
            "JOB_LEASE_SECONDS": "2",
            "TEST_CLOCK_SECONDS": str(clock_seconds),
            **settings,
        }
        return self._stack.enter_context(starting(line, values))

    @property
    def lines(self) -> list[str]:
        """What the jobs have written so far."""
        return self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []

    async def wait_for(self, line: str) -> None:
        """Wait until a job has written this line."""
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            while line not in self.lines:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)


@pytest.fixture
def workers(database_url: str, tmp_path: Path) -> Iterator[Workers]:
    """Processes that share a database and a file."""
    with ExitStack() as stack:
        yield Workers(stack, database_url, tmp_path)


async def test_the_job_of_a_killed_worker_is_taken_over_and_counted(
    database: Database, workers: Workers
) -> None:
    first = workers.start()
    first.wait_for(READY)
    job_id = await enqueue(database, write_line, str(workers.file), "one", 3)
    await workers.wait_for("begun one")
    first.process.kill()
    workers.start()
    job = await job_with_status(database, job_id, "done")
    assert job.attempts == 2
    assert workers.lines == ["begun one", "begun one", "ended one"]


async def test_a_job_that_kills_its_workers_is_given_up(
    database: Database, workers: Workers
) -> None:
    job_id = await enqueue(database, kill_worker)
    for _ in range(3):
        await workers.start().ended()
    workers.start()
    assert (await job_with_status(database, job_id, "failed")).attempts == 4


async def test_a_worker_that_is_stopped_gives_its_job_back(
    database: Database, workers: Workers
) -> None:
    server = workers.start(SHUTDOWN_SECONDS="1")
    server.wait_for(READY)
    job_id = await enqueue(database, write_line, str(workers.file), "one", 600)
    await workers.wait_for("begun one")
    server.process.send_signal(signal.SIGTERM)
    await server.ended()
    job = await job_with_status(database, job_id, "queued")
    assert (job.attempts, server.process.returncode) == (0, 0)
    assert "Traceback" not in server.log


async def test_wrong_clocks_change_nothing(database: Database, workers: Workers) -> None:
    servers = [
        workers.start(clock_seconds=seconds, JOB_LEASE_SECONDS="4") for seconds in (600, -600)
    ]
    for server in servers:
        server.wait_for(READY)
    later = write_line.with_options(delay=timedelta(seconds=300))
    delayed = await enqueue(database, later, str(workers.file), "later", 0)
    ids: list[UUID] = []
    async with database.write() as session:
        for number in range(40):
            path, seconds = str(workers.file), 5 if number < 2 else 0.05
            ids.append(await write_line.enqueue(session, path, str(number), seconds))
    for job_id in ids:
        await job_with_status(database, job_id, "done")
    assert Counter(workers.lines) == {
        f"{word} {number}": 1 for word in ("begun", "ended") for number in range(40)
    }
    jobs = {job.id: job for job in await all_jobs(database)}
    assert jobs[delayed].status == "queued"
    assert {job.attempts for job in jobs.values()} == {0, 1}


async def test_no_job_is_lost_while_workers_are_killed(
    database: Database, workers: Workers
) -> None:
    path, chance = str(workers.file), random.Random(7)  # noqa: S311 - no secret
    async with database.write() as session:
        ids = [await write_line.enqueue(session, path, str(number), 0) for number in range(MANY)]
    running = [workers.start() for _ in range(3)]
    for number in range(6):
        running[number % 3].wait_for(READY)
        await asyncio.sleep(chance.uniform(0, 1))
        running[number % 3].process.kill()
        running[number % 3] = workers.start()
    for job_id in ids:
        await job_with_status(database, job_id, "done")
    ended = Counter(line for line in workers.lines if line.startswith("ended"))
    assert ended.keys() == {f"ended {number}" for number in range(MANY)}
    # A worker that is killed between the effect and the end of a job leaves it to another one.
    assert ended.total() <= MANY + 6 * 2
