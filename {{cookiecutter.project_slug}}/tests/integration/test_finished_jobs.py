"""Finished jobs are deleted some days after their end, and failed ones are kept."""

from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy import update

from app.jobs.finished_jobs import delete_finished_jobs
from app.models.job import Job
from app.utils.clock import utc_now
from tests.support.jobs import enqueue

STATUSES = ("done", "cancelled", "failed", "queued")


async def test_only_old_jobs_that_are_done_or_cancelled_are_deleted(app: FastAPI) -> None:
    database, now = app.state.resources.database, utc_now()
    for days in (8, 6):
        for status in STATUSES:
            job_id = await enqueue(database, delete_finished_jobs)
            ended = {"status": status, "due_at": None, "finished_at": now - timedelta(days=days)}
            async with database.write() as session:
                await session.execute(update(Job).where(Job.id == job_id).values(ended))
    run = await enqueue(database, delete_finished_jobs)
    await app.state.jobs.run_due_jobs()
    async with database.read() as session:
        kept = await session.scalars(select(Job.status).where(Job.id != run).order_by(Job.id))
        assert kept.all() == ["failed", "queued", *STATUSES]
