"""What statistics share within one process: the trainer, the runner of workers, loaded models."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Iterable
from collections.abc import Sequence  # %if jwt
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from app.ai.statistical.cache import LoadedModels
from app.ai.statistical.files import Files
from app.ai.statistical.orders import DescribingJob
from app.ai.statistical.runner import Outcome
from app.ai.statistical.runner import Runner
from app.ai.statistical.trainer import Trainer
from app.core.exceptions import Unavailable
from app.repositories.statistical_models import StatisticalModelRepository
from app.repositories.training_queue import TrainingQueue
from app.repositories.units import Units
from app.resources import Resources

DESCRIBE = "app.ai.statistical.jobs:describe_table"
DESCRIBING_WAIT_SECONDS = 30
BEATS_IN_A_LEASE = 4


class StatisticalRuntime:
    """Made once from what the process shares. Making one starts nothing."""

    def __init__(self, resources: Resources) -> None:
        self.settings = resources.settings
        self.files = Files(self.settings.model_dir)
        self.loaded = LoadedModels(self.files, self.settings.model_cache_size)
        self.models = Units(resources.database, StatisticalModelRepository)
        self.runner = Runner(
            self.settings.training_timeout_seconds,
            self.settings.training_memory_mb,
            self.settings.training_lease_seconds / BEATS_IN_A_LEASE,
        )
        self.trainer = Trainer(
            Units(resources.database, TrainingQueue),
            self.models,
            self.files,
            self.runner,
            self.settings,
        )
        self._describing = asyncio.Semaphore(max(1, self.settings.training_workers))

    # %if jwt
    async def ids_of(self, owner_id: UUID) -> Sequence[UUID]:
        """The models of one person."""
        async with self.models.read() as models:
            return await models.ids_of(owner_id)

    # %endif
    async def forget(self, ids: Iterable[UUID]) -> None:
        """Let go of models that are deleted: end their trainings, and delete their files."""
        for model_id in ids:
            await self.trainer.call_off(model_id)
            self.loaded.forget(model_id)
            await asyncio.to_thread(self.files.remove, model_id)

    async def describe(self, path: Path) -> Outcome:
        """Describe a table in a worker, a few at a time.

        Raises:
            Unavailable: others are being described, and this one has waited long enough.
        """
        job = DescribingJob(
            data=str(path),
            most_rows=self.settings.table_max_rows,
            most_columns=self.settings.table_max_columns,
        )
        try:
            async with asyncio.timeout(DESCRIBING_WAIT_SECONDS):
                await self._describing.acquire()
        except TimeoutError:
            raise Unavailable("Others are being described now. Try again soon.") from None
        try:
            return await self.runner.run(DESCRIBE, job.model_dump_json())
        finally:
            self._describing.release()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Trains what waits, inside."""
        self.trainer.open()
        try:
            yield
        finally:
            await self.trainer.close()
