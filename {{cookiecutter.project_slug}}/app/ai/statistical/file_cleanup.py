"""Deletes files that killed processes left behind, such as uploaded tables."""

import asyncio
import logging
import re
from collections.abc import Sequence
from uuid import UUID

from app.ai.statistical.model_files import FOLDER
from app.ai.statistical.work_folder import delete_old_work_folders
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.exceptions import Unavailable
from app.kit.storage import Storage
from app.kit.storage import StoredFile
from app.kit.tasks import run_to_completion
from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.repositories.statistical_models import StatisticalModelRepository

INTERVAL_SECONDS = 3600
MIN_ORPHAN_SECONDS = 3600
"""A younger file without a row may belong to a request that is still running."""

NAME = re.compile(rf"{FOLDER}/([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})/([^/]+)")

logger = logging.getLogger(__name__)


class FileCleanup:
    """Finds files whose training has ended, or whose model does not exist."""

    def __init__(
        self,
        storage: Storage,
        models: UnitOfWork[StatisticalModelRepository],
        training_timeout_seconds: float,
    ) -> None:
        self._storage = storage
        self._models = models
        self._training_timeout_seconds = training_timeout_seconds

    async def run_periodically(self) -> None:
        """Clean up now and then every hour, until canceled."""
        while True:
            try:
                await run_to_completion(self.run())
            except Unavailable as error:
                logger.warning("cannot delete leftover files: %s", error)
            except Exception:
                logger.exception("cannot delete leftover files")
            await asyncio.sleep(INTERVAL_SECONDS)

    async def run(self) -> None:
        """Delete the tables of finished trainings, and the files of deleted models."""
        max_age_seconds = self._training_timeout_seconds + MIN_ORPHAN_SECONDS
        await asyncio.to_thread(delete_old_work_folders, max_age_seconds)
        await self._storage.delete_partial_uploads(FOLDER, MIN_ORPHAN_SECONDS)
        async for files in self._storage.list(FOLDER):
            await self._delete_leftovers(files)

    async def _delete_leftovers(self, files: Sequence[StoredFile]) -> None:
        found = [(file, match) for file in files if (match := NAME.fullmatch(file.name))]
        ids = {UUID(match[1]) for _, match in found}
        async with self._models.read() as models:
            rows = {row.id: row for row in await models.get_many(list(ids))}
        for file, match in found:
            if _is_leftover(rows.get(UUID(match[1])), match[2], file.age_seconds):
                await self._storage.delete(file.name)


def _is_leftover(model: StatisticalModel | None, name: str, age_seconds: float) -> bool:
    if model is None:
        return age_seconds > MIN_ORPHAN_SECONDS
    if model.status == Status.READY:
        return name != f"{model.lease_id}.skops"
    return model.status == Status.FAILED
