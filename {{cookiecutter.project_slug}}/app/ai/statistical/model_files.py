"""Files under ``MODEL_DIR``: a folder per model, shared by all machines.

``<id>/data.csv`` is the table to train on, deleted after the training.
``<id>/<lease_id>.skops`` is the model that the training with this lease saved.
"""

import asyncio
import logging
import re
import shutil
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from app.kit.db.unit_of_work import UnitOfWork
from app.kit.exceptions import Unavailable
from app.kit.tasks import run_to_completion
from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.repositories.statistical_models import StatisticalModelRepository

WriteTable = Callable[[BinaryIO], None]
"""Writes a table as CSV to a file. Blocks: call it in a thread."""

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CLEANUP_INTERVAL_SECONDS = 3600
MIN_ORPHAN_SECONDS = 3600
"""A younger folder without a row may belong to a request that is still running."""

BATCH_SIZE = 500

logger = logging.getLogger(__name__)


class ModelFiles:
    """The folders of models. All methods block: call them in a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def table_path(self, model_id: UUID) -> Path:
        """Return the path of the table to train on."""
        return self._folder(model_id) / "data.csv"

    def model_path(self, model_id: UUID, lease_id: UUID) -> Path:
        """Return the path of a trained model."""
        return self._folder(model_id) / f"{lease_id}.skops"

    def save_table(self, model_id: UUID, write: WriteTable) -> int:
        """Create the folder of a new model, and write its table; return the size in bytes."""
        self._folder(model_id).mkdir(parents=True)
        with self.table_path(model_id).open("wb") as file:
            write(file)
            return file.tell()

    def list_model_ids(self) -> list[UUID]:
        """Return the ids of all models that have a folder."""
        names = [path.name for path in self._root.glob("*-*-*-*-*")]
        return [UUID(name) for name in names if UUID_TEXT.fullmatch(name)]

    def delete_if_older(self, model_id: UUID, age_seconds: float) -> None:
        """Delete a folder whose content has not changed for this time."""
        folder = self._folder(model_id)
        with suppress(OSError):  # another process deletes it
            if folder.stat().st_mtime < time.time() - age_seconds:
                shutil.rmtree(folder)

    def delete_all_but_model(self, model_id: UUID, lease_id: UUID | None) -> None:
        """Delete the table, and the files of other attempts; with None, the model, too."""
        kept = lease_id and self.model_path(model_id, lease_id)
        for path in self._folder(model_id).glob("*"):
            if path != kept:
                path.unlink(missing_ok=True)

    def delete_model(self, model_id: UUID, lease_id: UUID) -> None:
        """Delete the model of a training that has lost its lease."""
        self.model_path(model_id, lease_id).unlink(missing_ok=True)
        with suppress(OSError):  # another process may be using the folder
            self._folder(model_id).rmdir()

    def delete(self, model_id: UUID) -> None:
        """Delete the folder of a model."""
        shutil.rmtree(self._folder(model_id), ignore_errors=True)

    def _folder(self, model_id: UUID) -> Path:
        return self._root / str(model_id)


class FileCleanup:
    """Deletes files that killed processes left behind, such as uploaded tables."""

    def __init__(self, files: ModelFiles, models: UnitOfWork[StatisticalModelRepository]) -> None:
        self._files = files
        self._models = models

    async def run_periodically(self) -> None:
        """Clean up now and then every hour, until canceled."""
        while True:
            try:
                await run_to_completion(self.run())
            except Unavailable:
                logger.warning("cannot delete leftover files: the database is unavailable")
            except Exception:
                logger.exception("cannot delete leftover files")
            await asyncio.sleep(CLEANUP_INTERVAL_SECONDS)

    async def run(self) -> None:
        """Delete the tables of finished trainings, and the folders of deleted models."""
        ids = await asyncio.to_thread(self._files.list_model_ids)
        for start in range(0, len(ids), BATCH_SIZE):
            batch = ids[start : start + BATCH_SIZE]
            async with self._models.read() as models:
                rows = await models.get_many(batch)
            await asyncio.to_thread(self._delete_leftovers, batch, {row.id: row for row in rows})

    def _delete_leftovers(
        self, ids: Sequence[UUID], models: Mapping[UUID, StatisticalModel]
    ) -> None:
        for model_id in ids:
            model = models.get(model_id)
            if model is None:
                self._files.delete_if_older(model_id, MIN_ORPHAN_SECONDS)
            elif model.status == Status.READY:
                self._files.delete_all_but_model(model_id, model.lease_id)
            elif model.status == Status.FAILED:
                self._files.delete_all_but_model(model_id, None)
