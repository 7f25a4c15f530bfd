"""The commands ``app work`` and ``app jobs``."""

import asyncio
import logging
import signal
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from typing import TypeVar
from uuid import UUID

import click
from fastapi import FastAPI
from sqlalchemy import inspect

from app.kit.config.database import DatabaseSettings
from app.kit.config.jobs import DEFAULT_WORKERS
from app.kit.db.database import Database
from app.kit.exceptions import Conflict
from app.kit.jobs.queue import JobQueue
from app.kit.jobs.registry import JobRegistry
from app.kit.jobs.table import JobStatus

T = TypeVar("T")

STATUSES = [status.value for status in JobStatus]
ROW = "{:36}  {:9}  {:8}  {:19}  {}"

logger = logging.getLogger(__name__)


def work_command(create_app: Callable[[], FastAPI]) -> click.Command:
    """Return the command that runs jobs in a process of its own."""

    @click.command("work")
    @click.option("--workers", type=click.IntRange(1), help="Jobs at a time.  [default: 4]")
    @click.option("--queue", "queues", multiple=True, help="Run the jobs of this queue only.")
    def work(workers: int | None, queues: tuple[str, ...]) -> None:
        """Run background jobs without serving requests."""
        app = create_app()
        app.state.jobs.slots = workers or app.state.jobs.slots or DEFAULT_WORKERS
        app.state.jobs.queues = queues
        app.state.jobs.stop_seconds = app.state.resources.settings.shutdown_seconds
        asyncio.run(_work_until_stopped(app))

    return work


async def _work_until_stopped(app: FastAPI) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
    async with app.router.lifespan_context(app):
        logger.info("running up to %d jobs at a time", app.state.jobs.slots)
        await stopped.wait()
        logger.info("stopping")


@dataclass(frozen=True)
class StoredJobs:
    """The jobs in the database, for commands."""

    registry: JobRegistry[Any]
    load_settings: Callable[[], DatabaseSettings]

    def run(self, query: Callable[[JobQueue[Any]], Awaitable[T]]) -> T:
        """Run a query in a transaction of its own."""

        async def run_in_transaction() -> T:
            database = Database(self.load_settings())
            try:
                async with database.write() as session:
                    return await query(JobQueue(session, self.registry.table))
            finally:
                await database.close()

        return asyncio.run(run_in_transaction())

    async def restart(self, job_id: UUID, queue: JobQueue[Any]) -> bool:
        """Queue a job again; return False if it runs or does not exist."""
        job = await queue.get(job_id)
        return job is not None and await queue.restart(job_id, self.registry.unique_key(job))


def job_commands(
    registry: JobRegistry[Any], load_settings: Callable[[], DatabaseSettings]
) -> click.Group:
    """Return the commands for the jobs in the database."""

    @click.group("jobs")
    @click.pass_context
    def group(context: click.Context) -> None:
        """List background jobs, and retry or delete them."""
        context.obj = StoredJobs(registry, load_settings)

    for command in (list_jobs, show_job, retry_jobs, delete_jobs):
        group.add_command(command)
    return group


@click.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only jobs of this status.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@click.pass_obj
def list_jobs(stored: StoredJobs, status: str | None, limit: int) -> None:
    """List the latest jobs."""
    jobs = stored.run(lambda queue: queue.list_latest(status, limit))
    click.echo(ROW.format("ID", "STATUS", "ATTEMPTS", "DUE (UTC)", "NAME"))
    for job in jobs:
        due = f"{job.due_at:%Y-%m-%d %H:%M:%S}" if job.due_at else ""
        click.echo(ROW.format(str(job.id), job.status, job.attempts, due, job.name))


@click.command("show")
@click.argument("job_id", metavar="ID", type=click.UUID)
@click.pass_obj
def show_job(stored: StoredJobs, job_id: UUID) -> None:
    """Show everything that is stored about a job."""
    job = stored.run(lambda queue: queue.get(job_id))
    if job is None:
        raise click.ClickException(f"There is no job {job_id}.")
    for column in inspect(type(job)).column_attrs:
        click.echo(f"{column.key:12}  {getattr(job, column.key)}")


@click.command("retry")
@click.argument("ids", metavar="ID...", type=click.UUID, nargs=-1, required=True)
@click.pass_obj
def retry_jobs(stored: StoredJobs, ids: Sequence[UUID]) -> None:
    """Run jobs again that have ended, and waiting jobs now."""
    stored.registry.load()
    for job_id in ids:
        try:
            restarted = stored.run(partial(stored.restart, job_id))
        except Conflict:
            raise click.ClickException(f"Another job like {job_id} is waiting already.") from None
        if not restarted:
            raise click.ClickException(f"The job {job_id} is running, or does not exist.")
        click.echo(f"Queued {job_id} again.")


@click.command("delete")
@click.argument("ids", metavar="ID...", type=click.UUID, nargs=-1, required=True)
@click.pass_obj
def delete_jobs(stored: StoredJobs, ids: Sequence[UUID]) -> None:
    """Delete jobs. One that runs is stopped."""
    for job_id in ids:
        if not stored.run(partial(_delete, job_id)):
            raise click.ClickException(f"There is no job {job_id}.")
        click.echo(f"Deleted {job_id}.")


async def _delete(job_id: UUID, queue: JobQueue[Any]) -> bool:
    return await queue.delete(job_id)
