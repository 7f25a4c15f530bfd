"""Runs jobs: takes those that are due, renews their leases, and stores how they end."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Collection
from contextlib import asynccontextmanager
from contextlib import suppress
from typing import Any
from typing import Generic
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.config.jobs import JobSettings
from app.kit.db.database import Database
from app.kit.exceptions import Unavailable
from app.kit.jobs.context import JobContext
from app.kit.jobs.context import LeaseLost
from app.kit.jobs.queue import HAS_DUE_JOBS
from app.kit.jobs.queue import Claim
from app.kit.jobs.queue import JobQueue
from app.kit.jobs.queue import Selection
from app.kit.jobs.registry import JobFunction
from app.kit.jobs.registry import JobRegistry
from app.kit.jobs.table import JobStatus
from app.kit.request_context import request_id
from app.kit.tasks import run_to_completion

R = TypeVar("R")

POLL_SECONDS = 5
"""How soon a worker sees jobs that another process has enqueued. A poll is one query."""

CONTENTION_SECONDS = 0.1
ERROR_PAUSE_SECONDS = 30
HEARTBEATS_PER_LEASE = 4
USABLE_LEASE = 0.9
"""A job whose lease cannot be renewed is cancelled when this part of it has passed."""

RETRY_SECONDS = 5
MAX_RETRY_SECONDS = 3600
STOP_SECONDS = 1
"""How long jobs may continue when the server stops. Its requests have finished before."""

CANCEL_SECONDS = 5
MAX_WAIT_SECONDS = 60
"""A job that has waited longer for a worker is reported to operators."""

FAILED_COMMAND = "uv run app jobs list --status failed"

WORKER_DIED = "Each worker that ran this job ended without finishing it."

logger = logging.getLogger(__name__)


class RunningJob:
    """A job that this worker runs until its lease expires."""

    def __init__(self, claim: Claim, task: asyncio.Task[None], lease_seconds: float) -> None:
        self.claim = claim
        self.task = task
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(lease_seconds * USABLE_LEASE, task.cancel)
        task.add_done_callback(lambda _: self._timer.cancel())

    def cancel_at(self, moment: float) -> None:
        """Cancel the job at this time of the event loop, instead of earlier."""
        if not self.task.done():
            self._timer.cancel()
            self._timer = self._loop.call_at(moment, self.task.cancel)


class Worker(Generic[R]):
    """Runs up to ``slots`` jobs at a time in this process. Creating one starts nothing."""

    def __init__(
        self, database: Database, registry: JobRegistry[R], resources: R, settings: JobSettings
    ) -> None:
        registry.load()
        self.slots = settings.job_workers
        self.queues: Collection[str] = ()
        self.stop_seconds: float = STOP_SECONDS
        self.poll_seconds: float = POLL_SECONDS
        self._lease_seconds = settings.job_lease_seconds
        self._database = database
        self._registry = registry
        self._resources = resources
        self._running: dict[UUID, RunningJob] = {}
        self._wake_event = asyncio.Event()
        self._has_schedules = False

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run jobs inside; at the end, give back those that do not finish soon."""
        if not self.slots:
            yield
            return
        self._database.commit_listeners.append(self._on_commit)
        poll = asyncio.create_task(self._poll())
        heartbeat = asyncio.create_task(self._renew_leases())
        try:
            yield
        finally:
            await _cancel(poll)
            await self._stop_jobs()
            await _cancel(heartbeat)
            self._database.commit_listeners.remove(self._on_commit)

    async def degraded_reasons(self, timeout_seconds: float) -> list[str]:
        """Return what is wrong with the jobs in the database, for operators."""
        try:
            async with asyncio.timeout(timeout_seconds), self._database.read() as session:
                backlog = await self._queue(session).backlog()
        except (TimeoutError, Unavailable, DBAPIError):
            return ["the jobs table cannot be read"]
        reasons = []
        if backlog.failed:
            reasons.append(f"failed jobs: {backlog.failed}; see `{FAILED_COMMAND}`")
        if backlog.oldest_seconds > MAX_WAIT_SECONDS:
            oldest = f"the oldest for {backlog.oldest_seconds:.0f} seconds"
            reasons.append(f"jobs waiting for a worker: {backlog.due}, {oldest}")
        return reasons

    def wake(self) -> None:
        """Look for due jobs now."""
        self._wake_event.set()

    async def run_due_jobs(self) -> None:
        """Run all jobs that are due, and those that they enqueue, and wait for them. For tests."""
        while (claim := await self._claim_next()) is not None:
            await self._start(claim).task

    def _on_commit(self, session: AsyncSession) -> None:
        if session.info.get(HAS_DUE_JOBS):
            self.wake()

    async def _poll(self) -> None:
        while True:
            try:
                pause = await run_to_completion(self._take_jobs())
            except Unavailable:
                logger.warning("cannot read the job queue; trying again soon")
                pause = self.poll_seconds
            except Exception:
                logger.exception("cannot read the job queue")
                pause = ERROR_PAUSE_SECONDS
            with suppress(TimeoutError):  # wait_for() may lose a cancellation when the event is set
                async with asyncio.timeout(pause):
                    await self._wake_event.wait()
            self._wake_event.clear()

    async def _take_jobs(self) -> float:
        """Fill the free slots, and return how many seconds to wait before the next poll."""
        if not self._has_schedules:
            await self._store_schedules()
        while len(self._running) < self.slots:
            async with self._database.read() as session:
                seconds = await self._queue(session).seconds_until_due(self._selection)
            if seconds is None or seconds > 0:
                return self.poll_seconds if seconds is None else min(seconds, self.poll_seconds)
            if (claim := await self._claim_next()) is None:
                return CONTENTION_SECONDS
            self._start(claim)
        return self.poll_seconds

    async def _store_schedules(self) -> None:
        for function in self._registry.periodic:
            async with self._database.write() as session:
                await self._queue(session).set_schedule(
                    function.name, str(function.cron), arguments="{}", owner="", **function.options
                )
        self._has_schedules = True

    async def _claim_next(self) -> Claim | None:
        async with self._database.read() as session:
            candidates = await self._queue(session).list_due(self._selection)
        for job_id in candidates:
            async with self._database.write() as session:
                claim = await self._queue(session).claim(job_id, self._lease_seconds)
            if claim is not None:
                return claim
        return None

    def _start(self, claim: Claim) -> RunningJob:
        task = asyncio.create_task(self._run(claim))
        running = RunningJob(claim, task, self._lease_seconds)
        self._running[claim.lease_id] = running
        running.task.add_done_callback(lambda _: self._running.pop(claim.lease_id))
        running.task.add_done_callback(lambda _: self.wake())
        return running

    async def _run(self, claim: Claim) -> None:
        request_id.set(f"job-{claim.job_id}")
        function = self._registry.functions[claim.name]
        context = JobContext(self._resources, self._database, self._registry.table, claim)
        timeout = asyncio.timeout(function.timeout_seconds)
        try:
            if claim.attempt > function.max_retries + 1:
                await self._store(self._finish(claim, JobStatus.FAILED, WORKER_DIED))
                logger.error("job %s failed: %s", claim.name, WORKER_DIED)
                return
            async with timeout:
                await function.run(context, claim.arguments)
        except LeaseLost:
            logger.warning("job %s was taken over or cancelled", claim.name)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            if timeout.expired():
                text = f"It took longer than {function.timeout_seconds} seconds."
            await self._store(self._fail(function, claim, text))
        else:
            await self._store(self._finish(claim, JobStatus.DONE))

    def _fail(self, function: JobFunction[Any], claim: Claim, error: str) -> "Ending":
        """Log an error, and return how to store it: as final, or to run the job again."""
        if claim.attempt > function.max_retries:
            logger.exception("job %s failed for the last time", claim.name)
            return self._finish(claim, JobStatus.FAILED, error)
        seconds = retry_delay(claim.attempt)
        logger.warning("job %s failed; next try in %d s", claim.name, seconds, exc_info=True)
        return lambda queue: queue.retry(claim, seconds, error)

    def _finish(self, claim: Claim, status: JobStatus, error: str | None = None) -> "Ending":
        return lambda queue: queue.finish(claim, status, error)

    async def _store(self, ending: "Ending") -> None:
        """Store how a job ends, as soon as the database responds.

        If the lease expires before that, the heartbeat cancels this.
        """

        async def write() -> None:
            async with self._database.write() as session:
                await ending(self._queue(session))

        while True:
            try:
                return await run_to_completion(write())
            except Unavailable:
                await asyncio.sleep(1)

    async def _renew_leases(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._lease_seconds / HEARTBEATS_PER_LEASE)
            if not (running := list(self._running.values())):
                continue
            began = loop.time()
            try:
                held = await run_to_completion(self._renew([each.claim for each in running]))
            except Exception as error:
                logger.warning("cannot renew the leases of jobs: %s", error)
                continue
            for each in running:
                if each.claim.lease_id in held:
                    each.cancel_at(began + self._lease_seconds * USABLE_LEASE)
                else:
                    each.task.cancel()

    async def _renew(self, claims: Collection[Claim]) -> set[UUID]:
        async with self._database.write() as session:
            return await self._queue(session).renew(claims, self._lease_seconds)

    async def _stop_jobs(self) -> None:
        """Wait a moment for the running jobs, then cancel them and give them back."""
        jobs = list(self._running.values())
        if jobs:
            await asyncio.wait([each.task for each in jobs], timeout=self.stop_seconds)
        rest = [each for each in jobs if not each.task.done()]
        for each in rest:
            each.task.cancel()
        if rest:
            await asyncio.wait([each.task for each in rest], timeout=CANCEL_SECONDS)
        for each in rest:
            with suppress(Unavailable):  # the lease expires then
                async with self._database.write() as session:
                    await self._queue(session).release(each.claim)

    @property
    def _selection(self) -> Selection:
        return Selection(self._registry.functions.keys(), self.queues)

    def _queue(self, session: AsyncSession) -> JobQueue[Any]:
        return JobQueue(session, self._registry.table)


Ending = Callable[[JobQueue[Any]], Awaitable[bool]]
"""Stores how a job has ended."""


def retry_delay(attempt: int) -> float:
    """Return seconds that double with each attempt, up to an hour, with jitter."""
    longest = min(MAX_RETRY_SECONDS, RETRY_SECONDS * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
