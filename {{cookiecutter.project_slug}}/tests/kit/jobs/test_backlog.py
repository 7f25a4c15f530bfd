"""What is wrong with the jobs in the database, as operators see it."""

import pytest
from sqlalchemy import text
from sqlalchemy import update

from app.kit.db.clock import DatabaseTime
from app.kit.db.database import Database
from app.kit.jobs.registry import JobRegistry
from app.kit.jobs.worker import Worker
from app.models.job import Job
from tests.support.jobs import Context
from tests.support.jobs import Recorder
from tests.support.jobs import enqueue
from tests.support.settings import make_settings

TIMEOUT_SECONDS = 10


@pytest.fixture
def idle_worker(database: Database, registry: JobRegistry[Recorder]) -> Worker[Recorder]:
    """A worker that runs nothing."""
    return Worker(database, registry, Recorder(), make_settings())


async def test_jobs_that_have_just_become_due_are_no_problem(
    database: Database, registry: JobRegistry[Recorder], idle_worker: Worker[Recorder]
) -> None:
    @registry.job()
    async def greet(context: Context) -> None: ...

    assert await idle_worker.degraded_reasons(TIMEOUT_SECONDS) == []
    await enqueue(database, greet)
    assert await idle_worker.degraded_reasons(TIMEOUT_SECONDS) == []


async def test_jobs_that_wait_for_long_and_jobs_that_failed_are_counted(
    database: Database, registry: JobRegistry[Recorder], idle_worker: Worker[Recorder]
) -> None:
    @registry.job()
    async def greet(context: Context) -> None: ...

    late, new, failed = [await enqueue(database, greet) for _ in range(3)]
    async with database.write() as session:
        for job_id, values in (
            (late, {"due_at": DatabaseTime(-100)}),
            (new, {"due_at": DatabaseTime(-10)}),
            (failed, {"due_at": None, "status": "failed"}),
        ):
            await session.execute(update(Job).where(Job.id == job_id).values(values))
    failures, waiting = await idle_worker.degraded_reasons(TIMEOUT_SECONDS)
    assert failures == "failed jobs: 1; see `uv run app jobs list --status failed`"
    assert waiting.startswith("jobs waiting for a worker: 2, the oldest for 10")


async def test_a_missing_table_is_a_reason(
    database: Database, idle_worker: Worker[Recorder]
) -> None:
    await execute(database, "ALTER TABLE jobs RENAME TO other_jobs")
    try:
        reasons = await idle_worker.degraded_reasons(TIMEOUT_SECONDS)
    finally:
        await execute(database, "ALTER TABLE other_jobs RENAME TO jobs")
    assert reasons == ["the jobs table cannot be read"]


async def execute(database: Database, statement: str) -> None:
    """Execute a statement in a transaction of its own."""
    async with database.write() as session:
        await session.execute(text(statement))
