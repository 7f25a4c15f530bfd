"""The files of models in the storage: a folder per model.

``models/<id>/data.csv`` is the table to train on, deleted after the training.
``models/<id>/<lease_id>.skops`` is the model that the training with this lease saved.
"""

import asyncio
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from app.kit.storage import Storage
from app.kit.storage import StorageUnavailable

WriteTable = Callable[[BinaryIO], None]
"""Writes a table as CSV to a file. Blocks: call it in a thread."""

FOLDER = "models"
TABLE = "data.csv"

logger = logging.getLogger(__name__)


class ModelFiles:
    """The tables and the trained models in the storage.

    Saving and reading raise ``StorageUnavailable`` if the storage does not respond. Deleting logs
    it, and leaves the files to the cleanup.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def save_table(self, model_id: UUID, write: WriteTable) -> int:
        """Store the table of a new model; return its size in bytes."""
        with tempfile.TemporaryFile() as file:
            await asyncio.to_thread(write, file)
            size_bytes = file.tell()
            file.seek(0)
            await self._storage.save(f"{_folder(model_id)}/{TABLE}", file)
        return size_bytes

    async def download_table(self, model_id: UUID, path: Path) -> None:
        """Copy the table to train on to a local path."""
        await self._storage.download(f"{_folder(model_id)}/{TABLE}", path)

    async def save_model(self, model_id: UUID, lease_id: UUID, path: Path) -> None:
        """Store a trained model."""
        await self._storage.save(_model(model_id, lease_id), path)

    async def read_model(self, model_id: UUID, lease_id: UUID) -> bytes:
        """Return a trained model.

        Raises:
            FileNotFoundError: there is no such file.
        """
        return await self._storage.read(_model(model_id, lease_id))

    async def delete_all_but_model(self, model_id: UUID, lease_id: UUID | None) -> None:
        """Delete the table, and the files of other attempts; with None, the model, too."""
        kept = lease_id and _model(model_id, lease_id)
        try:
            async for files in self._storage.list(_folder(model_id)):
                for file in files:
                    if file.name != kept:
                        await self._storage.delete(file.name)
        except StorageUnavailable:
            logger.warning("files of model %s are left to the cleanup", model_id)

    async def delete_model(self, model_id: UUID, lease_id: UUID) -> None:
        """Delete the model of a training that has lost its lease."""
        try:
            await self._storage.delete(_model(model_id, lease_id))
        except StorageUnavailable:
            logger.warning("a file of model %s is left to the cleanup", model_id)

    async def delete(self, model_id: UUID) -> None:
        """Delete all files of a model."""
        await self.delete_all_but_model(model_id, None)


def _folder(model_id: UUID) -> str:
    return f"{FOLDER}/{model_id}"


def _model(model_id: UUID, lease_id: UUID) -> str:
    return f"{_folder(model_id)}/{lease_id}.skops"
