"""Enqueueing: in the transaction of the caller, with checked arguments, once if unique."""

import asyncio
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any
from uuid import UUID
from uuid import uuid4

import pytest
from pydantic import BaseModel
from pydantic import ValidationError

from app.kit.db.database import Database
from app.kit.exceptions import StartupError
from app.kit.jobs.registry import JobRegistry
from tests.support.jobs import Context
from tests.support.jobs import Recorder
from tests.support.jobs import StartWorker
from tests.support.jobs import all_jobs
from tests.support.jobs import enqueue
from tests.support.jobs import job_with_status


class Address(BaseModel):
    """An argument with fields."""

    city: str


async def test_a_job_of_a_failed_transaction_is_not_stored(
    database: Database, registry: JobRegistry[Recorder]
) -> None:
    @registry.job()
    async def greet(context: Context) -> None: ...

    async def enqueue_and_fail() -> None:
        async with database.write() as session:
            await greet.enqueue(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await enqueue_and_fail()
    assert await all_jobs(database) == []


async def test_a_job_runs_only_after_the_commit_and_then_at_once(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job()
    async def greet(context: Context) -> None:
        context.resources.events.append("greeted")

    worker = await start_worker(poll_seconds=3600)
    async with database.write() as session:
        await greet.enqueue(session)
        worker.wake()
        await asyncio.sleep(0.2)
        assert recorder.events == []
    await recorder.wait_for(1)


async def test_arguments_keep_their_types(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job()
    async def greet(
        context: Context, key: UUID, at: datetime, address: Address, tags: set[str], n: int = 1
    ) -> None:
        context.resources.events.append((key, at, address, tags, n))

    key, now = uuid4(), datetime.now(UTC)
    await start_worker()
    await enqueue(database, greet, key, now, address=Address(city="Zürich\0"), tags={"a"})
    await recorder.wait_for(1)
    assert recorder.events == [(key, now, Address(city="Zürich\0"), {"a"}, 1)]


@pytest.mark.parametrize("arguments", [{}, {"count": 1, "other": 2}, {"count": "many"}])
async def test_wrong_arguments_are_rejected(
    database: Database, registry: JobRegistry[Recorder], arguments: dict[str, Any]
) -> None:
    @registry.job()
    async def greet(context: Context, count: int) -> None: ...

    with pytest.raises((TypeError, ValidationError)):
        await enqueue(database, greet, **arguments)
    assert await all_jobs(database) == []


async def test_a_unique_job_is_enqueued_once_until_it_is_done(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job(unique=True)
    async def greet(context: Context, name: str) -> None:
        context.resources.events.append(name)

    ids = await asyncio.gather(*(enqueue(database, greet, "Anna") for _ in range(5)))
    other = await enqueue(database, greet, "Bert")
    assert len({*ids, other}) == 2
    await start_worker()
    await job_with_status(database, ids[0], "done")
    assert await enqueue(database, greet, "Anna") != ids[0]
    await recorder.wait_for(3)
    assert sorted(recorder.events) == ["Anna", "Anna", "Bert"]


async def test_a_delayed_job_waits(
    database: Database,
    registry: JobRegistry[Recorder],
    recorder: Recorder,
    start_worker: StartWorker,
) -> None:
    @registry.job()
    async def greet(context: Context, name: str) -> None:
        context.resources.events.append(name)

    await start_worker(poll_seconds=3600)
    await enqueue(database, greet.with_options(delay=timedelta(hours=1)), "tomorrow")
    await enqueue(database, greet.with_options(delay=timedelta(seconds=0.5)), "soon")
    await enqueue(database, greet, "now")
    await recorder.wait_for(2)
    assert recorder.events == ["now", "soon"]


def test_a_job_must_be_an_async_function(registry: JobRegistry[Recorder]) -> None:
    def greet(context: Context) -> None: ...

    with pytest.raises(StartupError, match=r"^The job greet in tests.* must be an async function"):
        registry.job()(greet)  # type: ignore[arg-type]


async def no_context(name: str) -> None: ...


async def no_parameters() -> None: ...


@pytest.mark.parametrize("function", [no_context, no_parameters])
def test_a_job_takes_its_context_first(registry: JobRegistry[Recorder], function: Any) -> None:
    with pytest.raises(StartupError, match=r"must take its context first: async def no_"):
        registry.job()(function)


def test_each_argument_needs_a_type(registry: JobRegistry[Recorder]) -> None:
    async def greet(context: Context, name) -> None: ...  # type: ignore[no-untyped-def]

    with pytest.raises(StartupError, match=r"has no type for name; write name: str\.$"):
        registry.job()(greet)


def test_a_name_is_given_once(registry: JobRegistry[Recorder]) -> None:
    @registry.job(name="greet")
    async def first(context: Context) -> None: ...

    with pytest.raises(StartupError, match="two jobs with the name 'greet'"):

        @registry.job(name="greet")
        async def second(context: Context) -> None: ...


@pytest.mark.parametrize("cron", ["often", "61 * * * *", "* * 31 2 *"])
def test_a_wrong_schedule_is_rejected(registry: JobRegistry[Recorder], cron: str) -> None:
    with pytest.raises(StartupError, match=r"greet in .* has a wrong cron expression"):

        @registry.job(cron=cron)
        async def greet(context: Context) -> None: ...


def test_a_periodic_function_needs_no_arguments(registry: JobRegistry[Recorder]) -> None:
    with pytest.raises(StartupError, match="must have defaults"):

        @registry.job(cron="* * * * *")
        async def greet(context: Context, name: str) -> None: ...
