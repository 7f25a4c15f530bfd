"""Deletes jobs some days after they are done. Failed jobs stay until somebody deletes them."""

import logging

from sqlalchemy import select

from app.jobs import Context
from app.jobs import job
from app.kit.db.batches import delete_in_batches
from app.kit.db.clock import DatabaseTime
from app.kit.jobs.table import JobStatus
from app.models.job import Job

SECONDS_PER_DAY = 24 * 60 * 60

logger = logging.getLogger(__name__)


@job(cron="20 3 * * *")
async def delete_finished_jobs(context: Context) -> None:
    """Delete the jobs that ended more than ``JOB_RETENTION_DAYS`` ago."""
    days = context.resources.settings.job_retention_days
    ended = select(Job.id).where(
        Job.status.in_((JobStatus.DONE, JobStatus.CANCELLED)),
        Job.finished_at < DatabaseTime(-days * SECONDS_PER_DAY),
    )
    deleted = await delete_in_batches(context.resources.database, Job, ended)
    logger.info("deleted %d finished jobs", deleted)
