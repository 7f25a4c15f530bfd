"""The commands ``app jobs``."""

import asyncio
import uuid
from typing import Any

import pytest
from click.testing import CliRunner
from click.testing import Result
from sqlalchemy import update

from app.core.config import Settings
from app.kit.db.database import Database
from app.kit.jobs.commands import job_commands
from app.kit.jobs.registry import JobRegistry
from app.kit.jobs.worker import Worker
from app.models.job import Job
from tests.support.jobs import Context
from tests.support.jobs import Recorder
from tests.support.jobs import all_jobs
from tests.support.jobs import enqueue
from tests.support.settings import make_settings


class Commands:
    """Runs the commands on a database."""

    def __init__(self, url: str, registry: JobRegistry[Recorder]) -> None:
        self.registry = registry
        self.url = url

    def settings(self) -> Settings:
        """The settings of the commands."""
        return make_settings(database_url=self.url)

    def run(self, *arguments: object) -> Result:
        """Run a command."""
        group = job_commands(self.registry, self.settings)
        return CliRunner().invoke(group, [str(each) for each in arguments])

    def do(self, work: Any, *arguments: Any) -> Any:
        """Run an async function on the database."""

        async def run() -> Any:
            database = Database(self.settings())
            try:
                return await work(database, *arguments)
            finally:
                await database.close()

        return asyncio.run(run())


@pytest.fixture
def commands(database_url: str, registry: JobRegistry[Recorder]) -> Commands:
    """The commands on an empty database."""
    return Commands(database_url, registry)


async def run_due(database: Database, registry: JobRegistry[Recorder], events: Recorder) -> None:
    """Run what is due."""
    await Worker(database, registry, events, make_settings()).run_due_jobs()


def test_a_failed_job_is_listed_and_retried(commands: Commands, recorder: Recorder) -> None:
    @commands.registry.job(max_retries=0, unique=True)
    async def greet(context: Context, name: str) -> None:
        context.resources.events.append(name)
        if len(context.resources.events) == 1:
            raise ConnectionError("nobody there")

    job_id = commands.do(enqueue, greet, "Anna")
    commands.do(run_due, commands.registry, recorder)
    listed = commands.run("list", "--status", "failed").output.splitlines()[1:]
    assert [line.split() for line in listed] == [[str(job_id), "failed", "1", "greet"]]
    shown = commands.run("show", job_id).output
    assert 'arguments     {"name": "Anna"}' in shown
    assert "error         ConnectionError: nobody there" in shown
    assert commands.run("retry", job_id).exit_code == 0
    assert commands.do(enqueue, greet, "Anna") == job_id  # it is unique again
    commands.do(run_due, commands.registry, recorder)
    assert recorder.events == ["Anna", "Anna"]
    (job,) = commands.do(all_jobs)
    assert (job.status, job.attempts, job.error) == ("done", 1, None)


def test_a_unique_job_is_not_retried_while_another_waits(
    commands: Commands, recorder: Recorder
) -> None:
    @commands.registry.job(max_retries=0, unique=True)
    async def greet(context: Context) -> None:
        raise ConnectionError("nobody there")

    job_id = commands.do(enqueue, greet)
    commands.do(run_due, commands.registry, recorder)
    commands.do(enqueue, greet)
    result = commands.run("retry", job_id)
    assert (result.exit_code, "is waiting already" in result.output) == (1, True)


def test_jobs_are_deleted(commands: Commands) -> None:
    @commands.registry.job()
    async def greet(context: Context) -> None: ...

    first, second, third = (commands.do(enqueue, greet) for _ in range(3))
    assert commands.run("delete", first, third).exit_code == 0
    assert [job.id for job in commands.do(all_jobs)] == [second]


@pytest.mark.parametrize("command", ["show", "retry", "delete"])
def test_an_unknown_job_is_an_error(commands: Commands, command: str) -> None:
    result = commands.run(command, uuid.uuid4())
    assert result.exit_code == 1
    assert "Error: The" in result.output


def test_a_running_job_is_not_retried(commands: Commands) -> None:
    @commands.registry.job()
    async def greet(context: Context) -> None: ...

    async def start(database: Database) -> None:
        async with database.write() as session:
            await session.execute(update(Job).values(status="running"))

    job_id = commands.do(enqueue, greet)
    commands.do(start)
    assert "is running" in commands.run("retry", job_id).output
