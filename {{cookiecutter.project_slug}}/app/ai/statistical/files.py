"""Where things lie under ``MODEL_DIR``: a folder for each model, shared by every machine.

``<id>/data.csv`` is what it learns from, deleted when the training is over;
``<id>/<claim>.skops`` is the model that the training with this claim made.
"""

import shutil
from contextlib import suppress
from pathlib import Path
from uuid import UUID


class Files:
    """The folders of models. Its methods wait for the disk: call them in a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def data(self, model_id: UUID) -> Path:
        """The table that a model learns from."""
        return self._folder(model_id) / "data.csv"

    def model(self, model_id: UUID, claim: UUID) -> Path:
        """A trained model."""
        return self._folder(model_id) / f"{claim}.skops"

    def make(self, model_id: UUID) -> None:
        """Make the folder of a new model."""
        self._folder(model_id).mkdir(parents=True)

    def keep_only_model(self, model_id: UUID, claim: UUID) -> None:
        """Delete what a model learned from, and what earlier attempts have left."""
        kept = self.model(model_id, claim)
        for path in self._folder(model_id).glob("*"):
            if path != kept:
                path.unlink(missing_ok=True)

    def remove_model(self, model_id: UUID, claim: UUID) -> None:
        """Delete what a training made that nobody waits for any more."""
        self.model(model_id, claim).unlink(missing_ok=True)
        with suppress(OSError):  # somebody else may be at work in it
            self._folder(model_id).rmdir()

    def remove(self, model_id: UUID) -> None:
        """Delete all there is of a model."""
        shutil.rmtree(self._folder(model_id), ignore_errors=True)

    def _folder(self, model_id: UUID) -> Path:
        return self._root / str(model_id)
