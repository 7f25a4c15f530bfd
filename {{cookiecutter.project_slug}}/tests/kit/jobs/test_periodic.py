"""Periodic jobs: once per period, however many workers there are; a missed period is made up."""

import asyncio
from datetime import UTC
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy import update

from app.kit.db.clock import DatabaseTime
from app.kit.db.database import Database
from app.kit.jobs.queue import JobQueue
from app.kit.jobs.registry import JobRegistry
from app.models.job import Job
from tests.support.jobs import Context
from tests.support.jobs import Recorder
from tests.support.jobs import StartWorker
from tests.support.jobs import all_jobs

EVERY_SECOND = "* * * * * *"
YEARLY = "0 0 1 1 *"


async def database_time(database: Database) -> datetime:
    """The time of the database."""
    async with database.read() as session:
        return (await session.execute(select(DatabaseTime()))).scalar_one()


async def test_four_workers_run_a_periodic_job_once_per_period(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job(cron=EVERY_SECOND)
    async def tick(context: Context) -> None:
        context.resources.events.append((await database_time(database)).replace(microsecond=0))

    await asyncio.gather(*(start_worker() for _ in range(4)))
    await recorder.wait_for(4)
    assert len(set(recorder.events)) == len(recorder.events)
    assert [job.name for job in await all_jobs(database)] == ["tick"]


async def test_periods_that_were_missed_are_made_up_once(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job(cron=YEARLY)
    async def tick(context: Context) -> None:
        context.resources.events.append("ran")

    async with database.write() as session:
        await JobQueue(session, Job).set_schedule(
            "tick", YEARLY, arguments="{}", owner="", **tick.options
        )
        await session.execute(update(Job).values(due_at=datetime(2020, 1, 1, tzinfo=UTC)))
    for _ in range(4):
        await start_worker()
    await recorder.wait_for(1)
    await asyncio.sleep(0.5)
    assert recorder.events == ["ran"]
    (job,) = await all_jobs(database)
    now = await database_time(database)
    assert (job.status, job.due_at) == ("queued", datetime(now.year + 1, 1, 1, tzinfo=UTC))


async def test_a_new_schedule_replaces_the_old_one(
    database: Database, registry: JobRegistry[Recorder], recorder: Recorder
) -> None:
    async with database.write() as session:
        queue = JobQueue(session, Job)
        for expression in (YEARLY, EVERY_SECOND, YEARLY, YEARLY):
            await queue.set_schedule(
                "tick", expression, arguments="{}", owner="", queue="default", priority=0
            )
    (job,) = await all_jobs(database)
    now = await database_time(database)
    assert (job.schedule, job.due_at) == (YEARLY, datetime(now.year + 1, 1, 1, tzinfo=UTC))


@pytest.mark.usefixtures("quick_retries")
async def test_a_periodic_job_that_fails_runs_again_in_the_next_period(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job(cron=EVERY_SECOND, max_retries=1)
    async def tick(context: Context) -> None:
        context.resources.events.append(context.attempt)
        raise ConnectionError("nobody there")

    await start_worker()
    await recorder.wait_for(4)
    assert recorder.events[:4] == [1, 2, 1, 2]
    (job,) = await all_jobs(database)
    assert job.error == "ConnectionError: nobody there"
