"""The queries of the job queue. Several workers, on any machines, may run them at the same time.

A worker that takes a job gets a lease, which it must renew. When a lease has expired, the next
worker takes the job. All times are those of the database's clock.
"""

from collections.abc import Collection
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from typing import Any
from typing import Generic
from typing import TypeVar
from uuid import UUID

from cronsim import CronSim
from sqlalchemy import ColumnElement
from sqlalchemy import CursorResult
from sqlalchemy import and_
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import literal
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.kit.db.clock import DatabaseTime
from app.kit.db.types import UtcDateTime
from app.kit.jobs.table import ERROR_LENGTH
from app.kit.jobs.table import JobColumns
from app.kit.jobs.table import JobStatus
from app.utils.ids import new_id

J = TypeVar("J", bound=JobColumns)

HAS_DUE_JOBS = "has_due_jobs"
"""The key in ``session.info`` that is set if jobs are due when the transaction commits."""

CANDIDATES = 10
"""How many jobs of an owner a worker tries to take: other workers may be quicker."""

NEVER = literal(datetime(1970, 1, 1, tzinfo=UTC), UtcDateTime())


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker has taken, and its lease."""

    job_id: UUID
    lease_id: UUID
    name: str
    arguments: str
    attempt: int
    schedule: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """The jobs that a worker may take: their names, and their queues if not all."""

    names: Collection[str]
    queues: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many jobs wait for a worker, the oldest for how long, and how many have failed."""

    due: int
    oldest_seconds: float
    failed: int


class JobQueue(Generic[J]):
    """Reads and writes jobs on one database session."""

    def __init__(self, session: AsyncSession, table: type[J]) -> None:
        self._session = session
        self._table = table

    async def add(self, *, delay_seconds: float = 0, **values: Any) -> UUID:
        """Store a job. With a ``unique_key`` that an unfinished job has, return that one's id."""
        if key := values.get("unique_key"):
            if (job_id := await self.find(key)) is not None:
                return job_id
            try:
                async with self._session.begin_nested():
                    return await self._insert(delay_seconds, values)
            except IntegrityError:  # another transaction has stored it
                if (job_id := await self.find(key)) is not None:
                    return job_id
        return await self._insert(delay_seconds, values)

    async def get(self, job_id: UUID) -> J | None:
        """Return the job with this id."""
        return await self._session.get(self._table, job_id)

    async def list_latest(self, status: str | None, limit: int) -> Sequence[J]:
        """Return the jobs that were created last, of one status or of all."""
        jobs = select(self._table).order_by(self._table.id.desc()).limit(limit)
        if status is not None:
            jobs = jobs.where(self._table.status == status)
        return (await self._session.scalars(jobs)).all()

    async def find(self, unique_key: str) -> UUID | None:
        """Return the id of the unfinished job with this key."""
        table = self._table
        return await self._session.scalar(select(table.id).where(table.unique_key == unique_key))

    async def seconds_until_due(self, selection: Selection) -> float | None:
        """Return when the next job is due, which may be in the past; None if there is no job."""
        first = select(DatabaseTime(), func.min(self._table.due_at)).where(*self._of(selection))
        now, due_at = (await self._session.execute(first)).one()
        return None if due_at is None else (due_at - now).total_seconds()

    async def backlog(self) -> Backlog:
        """Return how many jobs are due and not running, and how many have failed."""
        table = self._table
        is_due = (table.status == JobStatus.QUEUED, table.due_at <= DatabaseTime())
        failed = select(func.count()).where(table.status == JobStatus.FAILED).scalar_subquery()
        columns = (func.count(table.id), DatabaseTime(), func.min(table.due_at), failed)
        row = (await self._session.execute(select(*columns).where(*is_due))).one()
        due, now, first, failures = row
        return Backlog(due, (now - first).total_seconds() if due else 0, failures)

    async def list_due(self, selection: Selection) -> Sequence[UUID]:
        """Return the first due jobs of the owner whose turn it is.

        Of the highest priority, it is the turn of the owner whose last job started first.
        """
        table, earlier = self._table, aliased(self._table)
        due = [table.due_at <= DatabaseTime(), *self._of(selection)]
        columns = (table.priority, table.owner)
        waiting = select(*columns, func.min(table.due_at).label("since")).where(*due)
        owners = waiting.group_by(*columns).subquery()
        last_start = select(func.max(earlier.started_at)).where(earlier.owner == owners.c.owner)
        order = (func.coalesce(last_start.scalar_subquery(), NEVER), owners.c.since)
        turn = select(owners.c.priority, owners.c.owner)
        turn = turn.order_by(owners.c.priority.desc(), *order, owners.c.owner).limit(1)
        first = turn.subquery()
        same = and_(table.priority == first.c.priority, table.owner == first.c.owner)
        jobs = select(table.id).join(first, same).where(*due)
        ids = await self._session.scalars(jobs.order_by(table.due_at, table.id).limit(CANDIDATES))
        return ids.all()

    async def claim(self, job_id: UUID, lease_seconds: float) -> Claim | None:
        """Take a due job; None if another worker was quicker."""
        table = self._table
        is_due = (table.id == job_id, table.due_at <= DatabaseTime())
        free = select(table).where(*is_due).with_for_update(skip_locked=True)
        job = await self._session.scalar(free)
        if job is None:
            return None
        claim = Claim(job.id, new_id(), job.name, job.arguments, job.attempts + 1, job.schedule)
        taken = await self._update(
            *is_due,
            status=JobStatus.RUNNING,
            due_at=DatabaseTime(lease_seconds),
            lease_id=claim.lease_id,
            attempts=claim.attempt,
            progress=0,
            started_at=DatabaseTime(),
        )
        return claim if taken else None

    async def renew(self, claims: Collection[Claim], lease_seconds: float) -> set[UUID]:
        """Renew leases, and return the ids of those that are still valid."""
        table = self._table
        leases = [claim.lease_id for claim in claims]
        mine = (table.id.in_([claim.job_id for claim in claims]), table.lease_id.in_(leases))
        await self._update(*mine, due_at=DatabaseTime(lease_seconds))
        held = await self._session.scalars(select(table.lease_id).where(*mine))
        return {lease_id for lease_id in held if lease_id is not None}

    async def set_progress(self, claim: Claim, percent: int) -> None:
        """Store the progress of a running job."""
        await self._update(*self._leased(claim), progress=percent)

    async def finish(self, claim: Claim, status: JobStatus, error: str | None = None) -> bool:
        """Store the end of a job; return False if its lease is lost.

        A periodic job is queued again for the next time of its schedule.
        """
        values: dict[str, Any] = {"status": status, "error": error and error[:ERROR_LENGTH]}
        if status is JobStatus.DONE:
            values["progress"] = 100
        if claim.schedule is None:
            values.update(due_at=None, unique_key=None)
        else:
            due_at = await self.next_time(claim.schedule)
            values.update(status=JobStatus.QUEUED, due_at=due_at, attempts=0)
        values.update(lease_id=None, finished_at=DatabaseTime())
        return await self._update(*self._leased(claim), **values)

    async def retry(self, claim: Claim, delay_seconds: float, error: str) -> bool:
        """Queue a job again after an error; return False if its lease is lost."""
        return await self._update(
            *self._leased(claim),
            status=JobStatus.QUEUED,
            due_at=DatabaseTime(delay_seconds),
            lease_id=None,
            error=error[:ERROR_LENGTH],
        )

    async def release(self, claim: Claim) -> bool:
        """Give a job back without counting this attempt; return False if its lease is lost."""
        return await self._update(
            *self._leased(claim),
            status=JobStatus.QUEUED,
            due_at=DatabaseTime(),
            lease_id=None,
            attempts=claim.attempt - 1,
        )

    async def cancel(self, job_id: UUID) -> bool:
        """Cancel a job that is not finished. One that runs is stopped at its next heartbeat."""
        return await self._update(
            self._table.id == job_id,
            self._table.due_at.is_not(None),
            status=JobStatus.CANCELLED,
            due_at=None,
            unique_key=None,
            lease_id=None,
            finished_at=DatabaseTime(),
        )

    async def restart(self, job_id: UUID, unique_key: str | None) -> bool:
        """Queue a job again that has ended or waits; return False if it runs or does not exist."""
        restarted = await self._update(
            self._table.id == job_id,
            self._table.status != JobStatus.RUNNING,
            status=JobStatus.QUEUED,
            due_at=DatabaseTime(),
            unique_key=unique_key,
            attempts=0,
            progress=0,
        )
        if restarted:
            self._session.info[HAS_DUE_JOBS] = True
        return restarted

    async def delete(self, job_id: UUID) -> bool:
        """Delete a job. One that runs is stopped at its next heartbeat."""
        deleted = await self._session.execute(delete(self._table).where(self._table.id == job_id))
        return _count(deleted) == 1

    async def set_schedule(self, name: str, expression: str, **values: Any) -> None:
        """Store a periodic job, or change when it runs next. Its first run is the next one."""
        table, key = self._table, f"periodic:{name}"
        due_at = await self.next_time(expression)
        await self.add(name=name, unique_key=key, schedule=expression, due_at=due_at, **values)
        changed = (table.unique_key == key, table.schedule != expression)
        await self._update(*changed, table.lease_id.is_(None), schedule=expression, due_at=due_at)

    async def next_time(self, expression: str) -> datetime:
        """Return the next time of a cron expression, in UTC."""
        now: datetime = (await self._session.execute(select(DatabaseTime()))).scalar_one()
        return next(CronSim(expression, now))

    async def _insert(self, delay_seconds: float, values: dict[str, Any]) -> UUID:
        due_at = DatabaseTime(delay_seconds)
        row = {"id": new_id(), "status": JobStatus.QUEUED, "due_at": due_at, **values}
        await self._session.execute(insert(self._table).values(**row))
        job_id: UUID = row["id"]
        if delay_seconds <= 0:
            self._session.info[HAS_DUE_JOBS] = True
        return job_id

    async def _update(self, *conditions: ColumnElement[bool], **values: Any) -> bool:
        statement = update(self._table).where(*conditions).values(**values)
        options = {"synchronize_session": False}
        return _count(await self._session.execute(statement, execution_options=options)) == 1

    def _leased(self, claim: Claim) -> tuple[ColumnElement[bool], ...]:
        return self._table.id == claim.job_id, self._table.lease_id == claim.lease_id

    def _of(self, selection: Selection) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [self._table.name.in_(selection.names)]
        if selection.queues:
            conditions.append(self._table.queue.in_(selection.queues))
        return conditions


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
