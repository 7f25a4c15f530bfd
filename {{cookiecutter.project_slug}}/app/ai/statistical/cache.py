"""Keeps models that were loaded, those used last, so that not every prediction reads a file."""

import asyncio
from collections import OrderedDict
from uuid import UUID

from app.ai.statistical.files import Files
from app.ai.statistical.port import Predictor
from app.core.exceptions import Conflict
from app.core.exceptions import Unavailable
from app.models.statistical_model import StatisticalModel
from app.schemas.statistical.results import TrainingResult


class LoadedModels:
    """A bounded number of models in memory; each is read once, however many ask at that time."""

    def __init__(self, files: Files, size: int) -> None:
        self._files = files
        self._size = size
        self._loaded: OrderedDict[UUID, Predictor] = OrderedDict()
        self._loading = asyncio.Lock()

    async def get(self, model: StatisticalModel) -> Predictor:
        """The model, ready to predict. ``model`` is one that was trained.

        Raises:
            Conflict: it was made with libraries that those installed here do not understand.
            Unavailable: its file is missing or damaged.
        """
        async with self._loading:
            predictor = self._loaded.get(model.id)
            if predictor is None:
                predictor = await asyncio.to_thread(self._load, model)
                self._loaded[model.id] = predictor
            self._loaded.move_to_end(model.id)
            while len(self._loaded) > self._size:
                self._loaded.popitem(last=False)
            return predictor

    def forget(self, model_id: UUID) -> None:
        """The model was deleted."""
        self._loaded.pop(model_id, None)

    def _load(self, model: StatisticalModel) -> Predictor:
        # scikit-learn takes long to load, and only who predicts needs it
        from app.ai.statistical import store
        from app.ai.statistical.predicting import PipelinePredictor
        from app.ai.statistical.versions import why_unusable

        assert model.result is not None
        assert model.claim is not None
        assert model.sha256 is not None
        result = TrainingResult.model_validate_json(model.result)
        if reason := why_unusable(result.libraries):
            raise Conflict(reason, code="model_outdated")
        try:
            pipeline = store.load(self._files.model(model.id, model.claim), model.sha256)
        except store.DamagedModel as error:
            raise Unavailable("The file of this model cannot be used. Train it again.") from error
        return PipelinePredictor(pipeline, result)
