"""A registry of the tests' own, and workers that run its jobs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from app.kit.db.database import Database
from app.kit.jobs.registry import JobRegistry
from app.kit.jobs.worker import Worker
from app.models.job import Job
from tests.support.jobs import Recorder
from tests.support.jobs import StartWorker
from tests.support.settings import make_settings


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database without any job."""
    database = Database(make_settings(database_url=database_url))
    yield database
    await database.close()


@pytest.fixture
def registry() -> JobRegistry[Recorder]:
    """A registry without any function."""
    return JobRegistry(Job, "app.jobs")


@pytest.fixture
def recorder() -> Recorder:
    """The resources of the workers."""
    return Recorder()


@pytest.fixture
async def start_worker(
    database: Database, registry: JobRegistry[Recorder], recorder: Recorder
) -> AsyncIterator[StartWorker]:
    """Starts workers with a short lease, and stops them after the test."""
    async with AsyncExitStack() as stack:

        async def start(
            slots: int = 2, *, poll_seconds: float = 0.05, **settings: Any
        ) -> Worker[Recorder]:
            values = {"job_workers": slots, "job_lease_seconds": 1, **settings}
            worker = Worker(database, registry, recorder, make_settings(**values))
            worker.poll_seconds = poll_seconds
            await stack.enter_async_context(worker.lifespan())
            return worker

        yield start


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry after a moment."""
    monkeypatch.setattr("app.kit.jobs.worker.RETRY_SECONDS", 0.01)
