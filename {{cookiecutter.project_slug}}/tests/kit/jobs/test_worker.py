"""Workers: retries, time-outs, cancelling, leases, and how they stop."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy import update

from app.kit.db.clock import DatabaseTime
from app.kit.db.database import Database
from app.kit.exceptions import Unavailable
from app.kit.jobs.queue import Claim
from app.kit.jobs.queue import JobQueue
from app.kit.jobs.registry import JobRegistry
from app.kit.jobs.worker import MAX_RETRY_SECONDS
from app.kit.jobs.worker import RETRY_SECONDS
from app.kit.jobs.worker import WORKER_DIED
from app.kit.jobs.worker import Worker
from app.kit.jobs.worker import retry_delay
from app.models.job import Job
from app.utils.ids import new_id
from tests.support.jobs import Context
from tests.support.jobs import Recorder
from tests.support.jobs import StartWorker
from tests.support.jobs import all_jobs
from tests.support.jobs import enqueue
from tests.support.jobs import job_with_status
from tests.support.settings import make_settings
from tests.support.waiting import MAX_WAIT_SECONDS


@pytest.mark.usefixtures("quick_retries")
async def test_a_job_that_fails_runs_again(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job()
    async def greet(context: Context) -> None:
        context.resources.events.append(context.attempt)
        if context.attempt < 3:
            raise ConnectionError("nobody there")

    await start_worker()
    job_id = await enqueue(database, greet)
    job = await job_with_status(database, job_id, "done")
    assert (recorder.events, job.attempts, job.error) == ([1, 2, 3], 3, None)
    assert (job.progress, job.due_at, job.lease_id) == (100, None, None)


def test_pauses_between_attempts_double_up_to_an_hour() -> None:
    for attempt in range(1, 30):
        longest = min(RETRY_SECONDS * 2 ** (attempt - 1), MAX_RETRY_SECONDS)
        delays = {retry_delay(attempt) for _ in range(50)}
        assert len(delays) > 1
        assert longest / 2 <= min(delays) <= max(delays) <= longest


async def test_the_next_attempt_is_due_after_the_pause(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job()
    async def greet(context: Context) -> None:
        context.resources.events.append("called")
        raise ConnectionError("nobody there")

    await start_worker()
    job_id = await enqueue(database, greet)
    await recorder.wait_for(1)
    job = await job_with_status(database, job_id, "queued")
    assert job.due_at is not None
    assert job.started_at is not None
    assert job.due_at - job.started_at > timedelta(seconds=RETRY_SECONDS / 2)
    assert job.error == "ConnectionError: nobody there"


@pytest.mark.usefixtures("quick_retries")
async def test_a_job_that_failed_for_the_last_time_is_kept_and_logged(
    database: Database,
    registry: JobRegistry[Recorder],
    start_worker: StartWorker,
    caplog: pytest.LogCaptureFixture,
) -> None:
    @registry.job(max_retries=2, unique=True)
    async def greet(context: Context) -> None:
        raise ConnectionError("nobody there" * 1000)

    await start_worker()
    job_id = await enqueue(database, greet)
    job = await job_with_status(database, job_id, "failed")
    assert (job.attempts, job.due_at, job.unique_key) == (3, None, None)
    assert job.error
    assert job.error.startswith("ConnectionError: nobody there")
    assert "job greet failed for the last time" in caplog.text


async def test_a_job_that_takes_too_long_fails(
    database: Database, registry: JobRegistry[Recorder], start_worker: StartWorker
) -> None:
    @registry.job(timeout_seconds=0.1, max_retries=0)
    async def greet(context: Context) -> None:
        await asyncio.sleep(3600)

    await start_worker()
    job = await job_with_status(database, await enqueue(database, greet), "failed")
    assert job.error == "It took longer than 0.1 seconds."


async def test_stored_arguments_that_no_longer_fit_are_an_error(
    database: Database, registry: JobRegistry[Recorder], start_worker: StartWorker
) -> None:
    @registry.job(max_retries=0)
    async def greet(context: Context, count: int) -> None: ...

    job_id = await enqueue(database, greet, 1)
    async with database.write() as session:
        await session.execute(update(Job).values(arguments='{"count": 1, "name": "Anna"}'))
    await start_worker()
    job = await job_with_status(database, job_id, "failed")
    assert "unexpected keyword argument 'name'" in str(job.error)


async def test_progress_can_be_read_while_a_job_runs(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job()
    async def greet(context: Context) -> None:
        await context.report_progress(40)
        context.resources.events.append("reported")
        await asyncio.sleep(3600)

    await start_worker()
    job_id = await enqueue(database, greet)
    await recorder.wait_for(1)
    assert (await job_with_status(database, job_id, "running")).progress == 40


async def test_a_waiting_job_that_is_cancelled_never_runs(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job()
    async def greet(context: Context, name: str) -> None:
        context.resources.events.append(name)

    job_id = await enqueue(database, greet, "Anna")
    async with database.write() as session:
        assert await JobQueue(session, Job).cancel(job_id)
        assert not await JobQueue(session, Job).cancel(job_id)
    await enqueue(database, greet, "Bert")
    await start_worker()
    await recorder.wait_for(1)
    assert recorder.events == ["Bert"]


async def test_a_running_job_that_is_cancelled_stops(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job()
    async def greet(context: Context) -> None:
        context.resources.events.append("begun")
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            context.resources.events.append("stopped")
            raise

    await start_worker()
    job_id = await enqueue(database, greet)
    await recorder.wait_for(1)
    async with database.write() as session:
        await JobQueue(session, Job).cancel(job_id)
    await recorder.wait_for(2)
    assert (await all_jobs(database))[0].status == "cancelled"


async def test_a_worker_that_stops_finishes_short_jobs_and_gives_long_ones_back(
    database: Database, registry: JobRegistry[Recorder], recorder: Recorder
) -> None:
    @registry.job()
    async def greet(context: Context, seconds: float) -> None:
        context.resources.events.append(seconds)
        await asyncio.sleep(seconds)

    short = await enqueue(database, greet, 0.3)
    long = await enqueue(database, greet, 3600)
    worker = new_worker(database, registry, recorder)
    async with worker.lifespan():
        await recorder.wait_for(2)
    assert (await job_with_status(database, short, "done")).attempts == 1
    job = await job_with_status(database, long, "queued")
    assert (job.attempts, job.lease_id) == (0, None)


async def test_no_two_workers_run_one_job_even_when_it_outlives_its_lease(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job()
    async def greet(context: Context, number: int) -> None:
        context.resources.events.append(number)
        await asyncio.sleep(4 if number == 0 else 0)

    for _ in range(4):
        await start_worker(4, job_lease_seconds=3)
    async with database.write() as session:
        ids = [await greet.enqueue(session, number) for number in range(60)]
    for job_id in ids:
        await job_with_status(database, job_id, "done")
    assert sorted(recorder.events) == list(range(60))
    assert {job.attempts for job in await all_jobs(database)} == {1}


async def test_a_worker_without_the_database_gives_up_and_another_takes_over(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @registry.job()
    async def greet(context: Context) -> None:
        context.resources.events.append(f"begun {context.attempt}")
        try:
            await asyncio.sleep(3600 if context.attempt == 1 else 0)
        finally:
            context.resources.events.append(f"ended {context.attempt}")

    async def fail(_claims: Collection[Claim]) -> Any:
        raise Unavailable("the database is away")

    worker = await start_worker(1)
    monkeypatch.setattr(worker, "_renew", fail)
    job_id = await enqueue(database, greet)
    await recorder.wait_for(1)
    await start_worker(1)
    job = await job_with_status(database, job_id, "done")
    assert job.attempts == 2
    assert recorder.events == ["begun 1", "ended 1", "begun 2", "ended 2"]


async def test_a_job_whose_workers_all_died_fails(
    database: Database, registry: JobRegistry[Recorder], start_worker: StartWorker
) -> None:
    @registry.job(max_retries=1)
    async def greet(context: Context) -> None:
        raise AssertionError("it must not run again")

    job_id = await enqueue(database, greet)
    async with database.write() as session:
        died = {"status": "running", "attempts": 2, "lease_id": new_id()}
        await session.execute(update(Job).values(due_at=DatabaseTime(-1), **died))
    await start_worker()
    job = await job_with_status(database, job_id, "failed")
    assert (job.error, job.attempts) == (WORKER_DIED, 3)


async def test_a_job_ends_when_the_database_is_back(
    database: Database,
    registry: JobRegistry[Recorder],
    start_worker: StartWorker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @registry.job()
    async def greet(context: Context) -> None: ...

    finish, failures = JobQueue.finish, [Unavailable("away")]

    async def fail_once(queue: JobQueue[Job], *arguments: Any) -> bool:
        if failures:
            raise failures.pop()
        return await finish(queue, *arguments)

    monkeypatch.setattr(JobQueue, "finish", fail_once)
    await start_worker(job_lease_seconds=60)
    job = await job_with_status(database, await enqueue(database, greet), "done")
    assert (job.attempts, failures) == (1, [])


@pytest.mark.usefixtures("quick_retries")
async def test_what_is_completed_with_the_job_is_made_exactly_once(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job()
    async def other(context: Context) -> None: ...

    @registry.job()
    async def greet(context: Context) -> None:
        context.resources.events.append(context.attempt)
        async with database.write() as session:
            await other.enqueue(session)
            await context.complete(session)
            if context.attempt == 1:
                raise ConnectionError("rolled back")
        raise ConnectionError("the job is done: this changes nothing")

    await start_worker()
    job_id = await enqueue(database, greet)
    await job_with_status(database, job_id, "done")
    await asyncio.sleep(0.3)
    assert recorder.events == [1, 2]
    assert [job.name for job in await all_jobs(database)] == ["greet", "other"]


async def test_a_worker_takes_only_jobs_of_its_queues_that_it_knows(
    database: Database, registry: JobRegistry[Recorder], recorder: Recorder
) -> None:
    @registry.job(queue="slow")
    async def slow(context: Context) -> None:
        context.resources.events.append("slow")

    @registry.job()
    async def quick(context: Context) -> None:
        context.resources.events.append("quick")

    @JobRegistry[Recorder](Job, "app.jobs").job(queue="slow")
    async def unknown(context: Context) -> None: ...

    for function in (unknown, quick, slow):
        await enqueue(database, function)
    worker = new_worker(database, registry, recorder)
    worker.queues = ["slow"]
    await worker.run_due_jobs()
    assert recorder.events == ["slow"]
    worker.queues = []
    await worker.run_due_jobs()
    assert recorder.events == ["slow", "quick"]


async def test_jobs_of_a_higher_priority_run_first(
    database: Database, registry: JobRegistry[Recorder], recorder: Recorder
) -> None:
    @registry.job()
    async def usual(context: Context) -> None:
        context.resources.events.append("usual")

    @registry.job(priority=5)
    async def urgent(context: Context) -> None:
        context.resources.events.append("urgent")

    for function in (usual, urgent, usual, urgent):
        await enqueue(database, function)
    await new_worker(database, registry, recorder).run_due_jobs()
    assert recorder.events == ["urgent", "urgent", "usual", "usual"]


async def test_the_thousand_jobs_of_one_owner_delay_another_by_at_most_one(
    database: Database, registry: JobRegistry[Recorder], recorder: Recorder
) -> None:
    @registry.job()
    async def greet(context: Context, name: str) -> None:
        context.resources.events.append(name)
        if len(context.resources.events) == 10:
            await enqueue(database, greet.with_options(owner="bert"), "bert")

    async with database.write() as session:
        for _ in range(1000):
            await greet.with_options(owner="anna").enqueue(session, "anna")
    worker = new_worker(database, registry, recorder)
    running = asyncio.create_task(worker.run_due_jobs())
    await recorder.wait_for(20)
    running.cancel()
    await asyncio.wait([running])
    assert recorder.events.index("bert") in (10, 11)


async def test_an_idle_worker_sends_one_query_for_each_poll(
    database: Database, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    statements_at_polls: list[int] = []
    seconds_until_due = JobQueue.seconds_until_due

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "jobs" in statement:
            statements.append(statement)

    async def count(queue: JobQueue[Job], *arguments: Any) -> Any:
        statements_at_polls.append(len(statements))
        return await seconds_until_due(queue, *arguments)

    event.listen(database.engine.sync_engine, "after_cursor_execute", note)
    monkeypatch.setattr(JobQueue, "seconds_until_due", count)
    await start_worker()
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while len(statements_at_polls) < 6:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    first = statements_at_polls[0]
    assert statements_at_polls[:6] == list(range(first, first + 6))


async def test_a_worker_survives_errors_of_the_database(
    database: Database,
    registry: JobRegistry[Recorder],
    start_worker: StartWorker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @registry.job()
    async def greet(context: Context) -> None: ...

    failures: list[Exception] = [Unavailable("away"), RuntimeError("unexpected")]
    list_due = JobQueue.list_due

    async def fail(queue: JobQueue[Job], *arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return await list_due(queue, *arguments)

    monkeypatch.setattr(JobQueue, "list_due", fail)
    monkeypatch.setattr("app.kit.jobs.worker.ERROR_PAUSE_SECONDS", 0.05)
    await start_worker()
    await job_with_status(database, await enqueue(database, greet), "done")


def new_worker(
    database: Database, registry: JobRegistry[Recorder], recorder: Recorder
) -> Worker[Recorder]:
    """A worker that has not been started."""
    return Worker(database, registry, recorder, make_settings(job_workers=2))
