"""Background jobs in tests: what has run, and what is stored."""

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.kit.db.database import Database
from app.kit.jobs.context import JobContext
from app.kit.jobs.registry import JobFunction
from app.kit.jobs.worker import Worker
from app.models.job import Job
from tests.support.waiting import MAX_WAIT_SECONDS

LOOK_SECONDS = 0.02


class Recorder:
    """The resources of a worker in tests: they record what jobs do."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    async def wait_for(self, count: int) -> None:
        """Wait until there are so many events."""
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            while len(self.events) < count:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)


Context = JobContext[Recorder]
StartWorker = Callable[..., Awaitable[Worker[Recorder]]]


async def enqueue(database: Database, function: JobFunction[Any], *args: Any, **kw: Any) -> UUID:
    """Enqueue a call in a transaction of its own."""
    async with database.write() as session:
        return await function.enqueue(session, *args, **kw)


async def all_jobs(database: Database) -> list[Job]:
    """The jobs in the database, in the order in which they were enqueued."""
    async with database.read() as session:
        return list(await session.scalars(select(Job).order_by(Job.id)))


async def job_with_status(database: Database, job_id: UUID, *statuses: str) -> Job:
    """Wait until a job has one of these states."""
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while True:
            async with database.read() as session:
                job = await session.get_one(Job, job_id)
            if job.status in statuses:
                return job
            await asyncio.sleep(LOOK_SECONDS)
