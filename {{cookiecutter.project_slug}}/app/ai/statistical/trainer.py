"""Takes trainings from the queue in the database, and sees each through to its end.

Every process of the application has one. A claim in the database decides who trains what; it must
be renewed, so that what a dead process was at is found and begun again.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from app.ai.statistical import reasons
from app.ai.statistical.files import Files
from app.ai.statistical.orders import TrainingJob
from app.ai.statistical.runner import Outcome
from app.ai.statistical.runner import Runner
from app.core.config.statistical import StatisticalSettings
from app.core.exceptions import Unavailable
from app.models.statistical_model import ERROR_LENGTH
from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.repositories.statistical_models import StatisticalModelRepository
from app.repositories.training_queue import TrainingQueue
from app.repositories.units import Units
from app.schemas.statistical.orders import TrainingOrder
from app.utils.clock import utc_now
from app.utils.ids import new_id
from app.utils.tasks import undisturbed

TRAIN = "app.ai.statistical.jobs:train_model"
MOST_ATTEMPTS = 2
LOOKS_IN_A_LEASE = 12

logger = logging.getLogger(__name__)


class Training(NamedTuple):
    """A training that runs here."""

    claim: UUID
    task: asyncio.Task[None]


class Trainer:
    """Looks for work while it is open. It starts no process before there is some."""

    def __init__(
        self,
        queue: Units[TrainingQueue],
        models: Units[StatisticalModelRepository],
        files: Files,
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
        self._running: dict[UUID, Training] = {}
        self._news = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to look for work."""
        if self._settings.training_workers:
            self._looking = asyncio.create_task(self._look())

    async def close(self) -> None:
        """End what is running; others, or we when we are back, begin it again."""
        if self._looking:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        running = list(self._running.values())
        for training in running:
            training.task.cancel()
        await asyncio.gather(*(training.task for training in running), return_exceptions=True)
        for training in running:  # here, since a task that had not yet begun ends without a word
            with suppress(Unavailable):  # the claim expires then
                await self._give_back(training.claim)

    def wake(self) -> None:
        """There is something new in the queue."""
        self._news.set()

    async def call_off(self, model_id: UUID) -> None:
        """End a training of a deleted model, if it runs here; elsewhere it ends when it is held."""
        if (training := self._running.get(model_id)) is not None:
            training.task.cancel()
            await asyncio.wait([training.task])

    async def _look(self) -> None:
        while True:
            try:
                await undisturbed(self._settle_lost())
                await undisturbed(self._take_what_fits())
            except Unavailable:
                logger.warning("the queue of trainings cannot be read; trying again soon")
            except Exception:
                logger.exception("the queue of trainings could not be worked on")
            pause = self._lease.total_seconds() / LOOKS_IN_A_LEASE
            with suppress(TimeoutError):  # wait_for() loses a cancellation that comes with the news
                async with asyncio.timeout(pause):
                    await self._news.wait()
            self._news.clear()

    async def _settle_lost(self) -> None:
        """Let what a dead process was at be tried once more, and fail after that."""
        now = utc_now()
        async with self._queue.read() as queue:
            lost = await queue.expired(now)
        for model in lost:
            again = model.attempts < MOST_ATTEMPTS
            failed = {"status": Status.FAILED, "error": reasons.STOPPED}
            values = {"status": Status.QUEUED, "progress": 0} if again else failed
            async with self._queue.write() as queue:
                await queue.settle(model, now, **values)
            logger.warning("the training of model %s was lost; again: %s", model.id, again)

    async def _take_what_fits(self) -> None:
        while len(self._running) < self._settings.training_workers:
            async with self._queue.read() as queue:
                model_id = await queue.first_waiting()
            if model_id is None:
                return
            claim = new_id()
            async with self._queue.write() as queue:
                won = await queue.take(model_id, claim, utc_now() + self._lease)
            if won:
                task = asyncio.create_task(self._see_through(model_id, claim))
                self._running[model_id] = Training(claim, task)
                task.add_done_callback(partial(self._done, model_id))

    def _done(self, model_id: UUID, task: asyncio.Task[None]) -> None:
        del self._running[model_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("the training of model %s is left to others", model_id, exc_info=error)
        self.wake()

    async def _see_through(self, model_id: UUID, claim: UUID) -> None:
        model = await undisturbed(self._get(model_id))
        if model is None:
            return
        try:
            watch = partial(self._hold, claim)
            outcome = await self._runner.run(self._work, self._job(model, claim), watch)
        except Exception:
            logger.exception("a worker could not be started")
            outcome = Outcome(failure=reasons.UNEXPECTED)
        await undisturbed(self._finish(model, claim, outcome))

    async def _get(self, model_id: UUID) -> StatisticalModel | None:
        async with self._models.read() as models:
            return await models.get(model_id)

    async def _give_back(self, claim: UUID) -> None:
        async with self._queue.write() as queue:
            await queue.give_back(claim)

    def _job(self, model: StatisticalModel, claim: UUID) -> str:
        return TrainingJob(
            data=str(self._files.data(model.id)),
            model=str(self._files.model(model.id, claim)),
            order=TrainingOrder.model_validate_json(model.training_order),
            most_rows=self._settings.table_max_rows,
            most_columns=self._settings.table_max_columns,
        ).model_dump_json()

    async def _hold(self, claim: UUID, percent: int) -> bool:
        try:
            async with self._queue.write() as queue:
                return await queue.hold(claim, utc_now() + self._lease, percent)
        except Unavailable:
            return True  # the claim holds until it expires, and then somebody else has it

    async def _finish(self, model: StatisticalModel, claim: UUID, outcome: Outcome) -> None:
        done = False
        if outcome.answer is not None:
            values = {"status": Status.READY, "progress": 100, **outcome.answer}
        else:
            error = (outcome.failure or reasons.UNEXPECTED)[:ERROR_LENGTH]
            values = {"status": Status.FAILED, "error": error}
        async with self._queue.write() as queue:
            done = await queue.finish(claim, **values)
        if not done:  # deleted meanwhile, or somebody else's
            await asyncio.to_thread(self._files.remove_model, model.id, claim)
            return
        await asyncio.to_thread(self._files.keep_only_model, model.id, claim)
        logger.info("model %s: %s", model.id, values["status"])
        await self._tidy_up(model)

    async def _tidy_up(self, model: StatisticalModel) -> None:
        """Delete the versions that are older than those to keep."""
        async with self._models.write() as models:
            old = await models.superseded(model, self._settings.model_versions_kept)
            for version in old:
                await models.delete(version)
        for version in old:
            await asyncio.to_thread(self._files.remove, version.id)
