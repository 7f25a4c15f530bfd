"""The shared state of statistics in one process: trainer, worker processes, loaded models."""

import asyncio
import logging
from collections.abc import AsyncIterator
from collections.abc import Iterable
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO
from uuid import UUID

from app.ai.statistical.cache import ModelCache
from app.ai.statistical.file_cleanup import FileCleanup
from app.ai.statistical.model_files import ModelFiles
from app.ai.statistical.model_files import WriteTable
from app.ai.statistical.runner import JobResult
from app.ai.statistical.runner import ProfileJob
from app.ai.statistical.runner import Runner
from app.ai.statistical.tables import Limits
from app.ai.statistical.trainer import HEARTBEATS_PER_LEASE
from app.ai.statistical.trainer import Trainer
from app.kit.client_slots import ClientSlots
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.exceptions import Unavailable
from app.kit.storage import Storage
from app.kit.tasks import run_to_completion
from app.repositories.statistical_models import StatisticalModelRepository
from app.repositories.training_queue import TrainingQueue
from app.resources import Resources

logger = logging.getLogger(__name__)

PROFILE = "app.ai.statistical.worker:profile_table"
WORKER_START_SECONDS = 30
"""The time to start a worker, which the job's own time-out excludes."""


class StatisticalRuntime:
    """Created once per process. Creating it starts nothing; ``lifespan`` does."""

    def __init__(self, resources: Resources) -> None:
        self.settings = resources.settings
        self.limits = Limits.from_settings(self.settings)
        self.storage = Storage(self.settings.storage_url)
        self.files = ModelFiles(self.storage)
        self.cache = ModelCache(self.files, self.settings.model_cache_size)
        self.models = UnitOfWork(resources.database, StatisticalModelRepository)
        self.queue = UnitOfWork(resources.database, TrainingQueue)
        self.runner = Runner(
            self.settings.training_timeout_seconds,
            self.settings.training_memory_mb,
            self.settings.training_lease_seconds / HEARTBEATS_PER_LEASE,
        )
        self.trainer = Trainer(self.queue, self.models, self.files, self.runner, self.settings)
        busy = partial(Unavailable, "Too many tables are being described. Try again soon.")
        self._profile_slots = ClientSlots(
            max(1, self.settings.training_workers),
            timeout_seconds=self.settings.describe_timeout_seconds + WORKER_START_SECONDS,
            client_rejection=busy,
            total_rejection=busy,
        )
        self._profile_runner = replace(
            self.runner, timeout_seconds=self.settings.describe_timeout_seconds
        )

    # %if jwt
    async def list_ids(self, owner_id: UUID) -> Sequence[UUID]:
        """Return the ids of a user's models."""
        async with self.models.read() as models:
            return await models.list_ids(owner_id)

    # %endif
    async def discard(self, ids: Iterable[UUID]) -> None:
        """Cancel the trainings of deleted models, and delete their files."""
        for model_id in ids:
            await self.trainer.cancel(model_id)
            self.cache.evict(model_id)
            await self.files.delete(model_id)

    async def profile(self, write: WriteTable, client: str) -> JobResult:
        """Profile a table in a worker process. The table is never written to disk.

        Raises:
            Unavailable: no worker became free in time.
        """
        async with self._profile_slots.take(client):
            job = await run_to_completion(asyncio.to_thread(self._profile_job, write))
            return await self._profile_runner.run(PROFILE, job)

    async def _create_lock_row(self) -> None:
        """Create the row that locks the queue, while no request wants it.

        Parallel requests that create it may deadlock.
        """
        try:
            async with self.queue.write() as queue:
                await queue.lock()
        except Exception:  # the trainer logs the cause, and tries again
            logger.warning("cannot prepare the training queue")

    def _profile_job(self, write: WriteTable) -> str:
        table = BytesIO()
        write(table)
        return ProfileJob(table=table.getvalue(), limits=self.limits).model_dump_json()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run the trainer and the file cleanup.

        Raises:
            StartupError: the storage cannot be used.
        """
        await self.storage.check()
        await self._create_lock_row()
        self.trainer.open()
        cleanup = FileCleanup(self.storage, self.models, self.settings.training_timeout_seconds)
        cleaning = asyncio.create_task(cleanup.run_periodically())
        try:
            yield
        finally:
            cleaning.cancel()
            await asyncio.wait([cleaning])
            await self.trainer.close()
