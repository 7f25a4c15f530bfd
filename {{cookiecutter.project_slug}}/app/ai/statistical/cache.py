"""Cache loaded models, so that not every prediction reads a file."""

import asyncio
from collections import OrderedDict
from uuid import UUID

from app.ai.statistical.errors import CorruptModelError
from app.ai.statistical.errors import ModelOutdated
from app.ai.statistical.model_files import ModelFiles
from app.ai.statistical.port import Predictor
from app.kit.exceptions import Unavailable
from app.kit.import_guard import IMPORT_GUARD
from app.models.statistical_model import StatisticalModel
from app.schemas.statistical.results import TrainingResult


class ModelCache:
    """Keeps the most recently used models in memory. Parallel requests load a model once."""

    def __init__(self, files: ModelFiles, size: int) -> None:
        self._files = files
        self._size = size
        self._loaded: OrderedDict[UUID, Predictor] = OrderedDict()
        self._load_lock = asyncio.Lock()

    async def get(self, model: StatisticalModel) -> Predictor:
        """Return a trained model, loaded.

        Raises:
            ModelOutdated: the installed libraries cannot load the model.
            Unavailable: its file is missing or damaged, or the storage does not respond.
        """
        if model.id not in self._loaded:
            async with self._load_lock:
                if model.id not in self._loaded:
                    self._loaded[model.id] = await self._load(model)
                    while len(self._loaded) > self._size:
                        self._loaded.popitem(last=False)
        self._loaded.move_to_end(model.id)
        return self._loaded[model.id]

    def evict(self, model_id: UUID) -> None:
        """Remove a deleted model."""
        self._loaded.pop(model_id, None)

    async def _load(self, model: StatisticalModel) -> Predictor:
        assert model.lease_id is not None
        try:
            content = await self._files.read_model(model.id, model.lease_id)
            return await asyncio.to_thread(parse_model, model, content)
        except (FileNotFoundError, CorruptModelError) as error:
            raise Unavailable("The model's file is missing or damaged. Train it again.") from error


def parse_model(model: StatisticalModel, content: bytes) -> Predictor:
    """Load a model from the content of its file."""
    # scikit-learn loads slowly, and only predictions need it
    with IMPORT_GUARD:
        from app.ai.statistical import persistence
        from app.ai.statistical.prediction import PipelinePredictor

    assert model.result is not None
    assert model.sha256 is not None
    result = TrainingResult.model_validate_json(model.result)
    if reason := persistence.incompatibility(result.libraries):
        raise ModelOutdated(reason)
    return PipelinePredictor(persistence.load(content, model.sha256), result)
