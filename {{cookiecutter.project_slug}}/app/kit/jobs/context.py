"""What a job function gets from its worker."""

from typing import Any
from typing import Generic
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.database import Database
from app.kit.jobs.queue import Claim
from app.kit.jobs.queue import JobQueue
from app.kit.jobs.table import JobColumns
from app.kit.jobs.table import JobStatus

R = TypeVar("R")


class LeaseLost(Exception):
    """Another worker has this job, or it was cancelled: what this one does must not count."""


class JobContext(Generic[R]):
    """One attempt of a job; ``resources`` are those of the process."""

    def __init__(
        self, resources: R, database: Database, table: type[JobColumns], claim: Claim
    ) -> None:
        self.resources = resources
        self.job_id: UUID = claim.job_id
        self.attempt = claim.attempt
        self._database = database
        self._table = table
        self._claim = claim

    async def report_progress(self, percent: int) -> None:
        """Store the progress."""
        async with self._database.write() as session:
            await self._queue(session).set_progress(self._claim, percent)

    async def complete(self, session: AsyncSession) -> None:
        """Mark the job as done in this transaction, so that its changes are made exactly once.

        Without this, a worker that dies between the changes and the end runs the job again.

        Raises:
            LeaseLost: another worker has the job; let it roll back this transaction.
        """
        if not await self._queue(session).finish(self._claim, JobStatus.DONE):
            raise LeaseLost("another worker has this job, or it was cancelled")

    def _queue(self, session: AsyncSession) -> JobQueue[Any]:
        return JobQueue(session, self._table)
