"""Statistical models on the wire: how far they are, and all that is known of them."""

from datetime import datetime
from typing import Annotated
from typing import Self
from uuid import UUID

from pydantic import Field

from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.schemas.base import RequestModel
from app.schemas.base import ResponseModel
from app.schemas.base import example
from app.schemas.pages import PageQuery
from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.orders import TrainingOrder
from app.schemas.statistical.predictions import Prediction
from app.schemas.statistical.results import TrainingResult
from app.schemas.statistical.tables import MOST_PREDICTED_ROWS
from app.schemas.statistical.tables import Row
from app.schemas.statistical.training import ModelName


class ModelQuery(PageQuery):
    """Which models are wanted; the newest come first."""

    name: ModelName | None = Field(default=None, description="Only the versions of this name.")


class ModelQueued(ResponseModel):
    """A model that waits for its training."""

    id: UUID
    name: str
    version: int
    """1 for the first model of this name, one more for each that follows."""
    status: Status
    """Ask again until it is `ready` or `failed`."""


class ModelSummary(ModelQueued):
    """How far a model is."""

    progress: int
    """In percent."""
    error: str | None
    """Why the training failed, if it did."""
    created_at: datetime
    updated_at: datetime


class ModelPage(ResponseModel):
    """Some models."""

    items: list[ModelSummary]
    next_cursor: str | None
    """The `cursor` of the next page; null on the last."""


class ModelRead(ModelSummary):
    """A model with what was asked for and, once it is ready, all that is known of it."""

    algorithm: Algorithm
    target: str | None
    features: list[str]
    """As asked for: empty means all columns but the target."""
    result: TrainingResult | None
    """Null until it is ready."""

    @classmethod
    def of(cls, model: StatisticalModel) -> Self:
        """What a client sees of a row."""
        order = TrainingOrder.model_validate_json(model.training_order)
        result = TrainingResult.model_validate_json(model.result) if model.result else None
        known = ModelSummary.model_validate(model).model_dump()
        asked = order.model_dump(include={"algorithm", "target", "features"})
        return cls(**known, **asked, result=result)


class PredictRows(RequestModel):
    """Rows to predict for: every column that the model uses, none that it does not know."""

    rows: Annotated[list[Row], Field(min_length=1, max_length=MOST_PREDICTED_ROWS)]

    model_config = example({"rows": [{"rooms": "3", "town": "Rome"}]})


class Predictions(ResponseModel):
    """A prediction for each row, in order."""

    predictions: list[Prediction]
