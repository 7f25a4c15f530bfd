"""Claim trainings from the queue in the database, and run each to its end.

Every process of the application has a trainer. A training is leased to one process; a process that
dies no longer renews its leases, so another one starts its trainings again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from typing import NamedTuple
from uuid import UUID

from app.ai.statistical import errors
from app.ai.statistical.model_files import ModelFiles
from app.ai.statistical.runner import JobResult
from app.ai.statistical.runner import Runner
from app.ai.statistical.runner import TrainingJob
from app.ai.statistical.tables import Limits
from app.ai.statistical.work_folder import work_folder
from app.core.config.statistical import StatisticalSettings
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.exceptions import Unavailable
from app.kit.sizes import MEGABYTE
from app.kit.storage import StorageUnavailable
from app.kit.tasks import run_to_completion
from app.models.statistical_model import ERROR_LENGTH
from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.repositories.statistical_models import StatisticalModelRepository
from app.repositories.training_queue import TrainingQueue
from app.schemas.statistical.training_spec import TrainingSpec
from app.utils.clock import utc_now
from app.utils.ids import new_id

TRAIN = "app.ai.statistical.worker:train_model"
MAX_ATTEMPTS = 2
POLLS_PER_LEASE = 12
HEARTBEATS_PER_LEASE = 4

logger = logging.getLogger(__name__)


class RunningTraining(NamedTuple):
    """A training that this process runs."""

    lease_id: UUID
    task: asyncio.Task[None]


class Trainer:
    """Polls the queue while it is open. Starts a worker process for each training only."""

    def __init__(
        self,
        queue: UnitOfWork[TrainingQueue],
        models: UnitOfWork[StatisticalModelRepository],
        files: ModelFiles,
        runner: Runner,
        settings: StatisticalSettings,
        work: str = TRAIN,
    ) -> None:
        self._queue = queue
        self._models = models
        self._files = files
        self._runner = runner
        self._settings = settings
        self._work = work
        self._lease = timedelta(seconds=settings.training_lease_seconds)
        self._running: dict[UUID, RunningTraining] = {}
        self._wake_event = asyncio.Event()
        self._poll_task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Start to poll the queue."""
        if self._settings.training_workers:
            self._poll_task = asyncio.create_task(self._poll())

    async def close(self) -> None:
        """Cancel the running trainings, and put them back into the queue."""
        if self._poll_task:
            self._poll_task.cancel()
            await asyncio.wait([self._poll_task])
        running = list(self._running.values())
        for training in running:
            training.task.cancel()
        await asyncio.gather(*(training.task for training in running), return_exceptions=True)
        for training in running:  # here: a task that is canceled before it starts runs no code
            with suppress(Unavailable):  # the lease expires then
                await self._release(training.lease_id)

    def wake(self) -> None:
        """Poll the queue now."""
        self._wake_event.set()

    async def cancel(self, model_id: UUID) -> None:
        """Cancel the training of a deleted model if it runs here.

        In another process, it stops when it cannot renew its lease.
        """
        if (training := self._running.get(model_id)) is not None:
            training.task.cancel()
            await asyncio.wait([training.task])

    async def _poll(self) -> None:
        while True:
            try:
                await run_to_completion(self._recover_expired())
                await run_to_completion(self._claim_trainings())
            except Unavailable:
                logger.warning("cannot read the training queue; trying again soon")
            except Exception:
                logger.exception("cannot process the training queue")
            pause = self._lease.total_seconds() / POLLS_PER_LEASE
            with suppress(TimeoutError):  # wait_for() may lose a cancellation when the event is set
                async with asyncio.timeout(pause):
                    await self._wake_event.wait()
            self._wake_event.clear()

    async def _recover_expired(self) -> None:
        """Queue the trainings of dead processes again, or fail them after ``MAX_ATTEMPTS``."""
        now = utc_now()
        async with self._queue.read() as queue:
            expired = await queue.list_expired(now)
        for model in expired:
            retry = model.attempts < MAX_ATTEMPTS
            failed = _failed(errors.TRAINING_LOST)
            values = {"status": Status.QUEUED, "progress": 0} if retry else failed
            async with self._queue.write() as queue:
                recovered = await queue.recover(model, now, **values)
            if recovered and not retry:
                await self._files.delete(model.id)
            logger.warning("the lease of training %s has expired; retry: %s", model.id, retry)

    async def _claim_trainings(self) -> None:
        while len(self._running) < self._settings.training_workers:
            async with self._queue.read() as queue:
                model_id = await queue.next_queued()
            if model_id is None:
                return
            lease_id = new_id()
            async with self._queue.write() as queue:
                claimed = await queue.claim(model_id, lease_id, utc_now() + self._lease)
            if claimed:
                task = asyncio.create_task(self._run_training(model_id, lease_id))
                self._running[model_id] = RunningTraining(lease_id, task)
                task.add_done_callback(partial(self._on_done, model_id))

    def _on_done(self, model_id: UUID, task: asyncio.Task[None]) -> None:
        del self._running[model_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("the training of model %s failed here", model_id, exc_info=error)
        self.wake()

    async def _run_training(self, model_id: UUID, lease_id: UUID) -> None:
        model = await run_to_completion(self._get(model_id))
        if model is None:
            return
        try:
            result = await self._train(model, lease_id)
        except StorageUnavailable:
            result = JobResult(error=errors.STORAGE_UNAVAILABLE)
        except FileNotFoundError:
            logger.warning("the table of model %s is missing", model.id)
            result = JobResult(error=errors.UNEXPECTED)
        except Exception:
            logger.exception("cannot run the training of model %s", model.id)
            result = JobResult(error=errors.UNEXPECTED)
        await run_to_completion(self._finish(model, lease_id, result))

    async def _train(self, model: StatisticalModel, lease_id: UUID) -> JobResult:
        """Run a worker process on local files; copy them from and to the storage."""
        async with work_folder() as folder:
            table, trained = folder / "data.csv", folder / "model.skops"
            async with self._keep_lease(lease_id, percent=0):
                await self._files.download_table(model.id, table)
            heartbeat = partial(self._renew_lease, lease_id)
            result = await self._runner.run(self._work, self._job(model, table, trained), heartbeat)
            if result.output is not None:
                async with self._keep_lease(lease_id, percent=result.progress):
                    await self._files.save_model(model.id, lease_id, trained)
            return result

    @asynccontextmanager
    async def _keep_lease(self, lease_id: UUID, percent: int) -> AsyncIterator[None]:
        """Renew the lease during a transfer; the end of the training notices if it is lost."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._lease.total_seconds() / HEARTBEATS_PER_LEASE)
                await run_to_completion(self._renew_lease(lease_id, percent))

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])

    async def _get(self, model_id: UUID) -> StatisticalModel | None:
        async with self._models.read() as models:
            return await models.get(model_id)

    async def _release(self, lease_id: UUID) -> None:
        async with self._queue.write() as queue:
            await queue.release(lease_id)

    def _job(self, model: StatisticalModel, table: Path, trained: Path) -> str:
        return TrainingJob(
            table_path=str(table),
            model_path=str(trained),
            spec=TrainingSpec.model_validate_json(model.training_spec),
            limits=Limits.from_settings(self._settings),
            max_model_bytes=self._settings.max_model_mb * MEGABYTE,
        ).model_dump_json()

    async def _renew_lease(self, lease_id: UUID, percent: int) -> bool:
        try:
            async with self._queue.write() as queue:
                return await queue.heartbeat(lease_id, utc_now() + self._lease, percent)
        except Unavailable:
            return True  # the lease is valid until it expires

    async def _finish(self, model: StatisticalModel, lease_id: UUID, result: JobResult) -> None:
        values = _failed(result.error or errors.UNEXPECTED)
        if result.output is not None:
            values = {"status": Status.READY, "progress": 100, **result.output}
        try:
            pruned = await self._store_result(model, lease_id, values)
        except errors.StorageFull as error:
            values = _failed(error.detail)
            pruned = await self._store_result(model, lease_id, values)
        if pruned is None:  # the model was deleted, or another process has the lease
            await self._files.delete_model(model.id, lease_id)
            return
        kept = lease_id if values["status"] == Status.READY else None
        await self._files.delete_all_but_model(model.id, kept)
        logger.info("model %s: %s", model.id, values["status"])
        for version_id in pruned:
            await self._files.delete(version_id)

    async def _store_result(
        self, model: StatisticalModel, lease_id: UUID, values: dict[str, Any]
    ) -> list[UUID] | None:
        """Store the result, and return the ids of pruned versions; None if the lease is lost.

        Raises:
            StorageFull: the model exceeds its owner's storage limit; nothing is changed.
        """
        async with self._queue.write() as queue:
            await queue.lock()
            if not await queue.finish(lease_id, **values):
                return None
            pruned = await self._prune_versions(queue, model)
            limit = self._settings.max_model_storage_mb_per_owner
            is_ready = values["status"] == Status.READY
            if is_ready and await queue.stored_bytes(model) > limit * MEGABYTE:
                raise errors.StorageFull(
                    f"With this model, your models and tables would exceed {limit} MB. "
                    "Delete some of them and train it again."
                )
        return pruned

    async def _prune_versions(self, queue: TrainingQueue, model: StatisticalModel) -> list[UUID]:
        versions = await queue.superseded(model, self._settings.model_versions_kept)
        for version in versions:
            await queue.delete(version)
        return [version.id for version in versions]


def _failed(error: str) -> dict[str, Any]:
    return {"status": Status.FAILED, "error": error[:ERROR_LENGTH], "size_bytes": 0}
