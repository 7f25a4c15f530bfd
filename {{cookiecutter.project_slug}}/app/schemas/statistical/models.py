"""Request and response schemas of statistical models."""

from collections import Counter
from datetime import datetime
from typing import Annotated
from typing import Self
from uuid import UUID

from pydantic import AfterValidator
from pydantic import FailFast
from pydantic import Field
from pydantic import model_validator

from app.kit.schemas import STORABLE
from app.kit.schemas import TRIMMED
from app.kit.schemas import RequestModel
from app.kit.schemas import ResponseModel
from app.kit.schemas import example
from app.models.statistical_model import NAME_LENGTH
from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.schemas.pages import NextCursor
from app.schemas.pages import PageQuery
from app.schemas.statistical.results import Prediction
from app.schemas.statistical.results import TrainingResult
from app.schemas.statistical.tables import MAX_COLUMNS
from app.schemas.statistical.tables import MAX_PREDICTED_ROWS
from app.schemas.statistical.tables import ColumnName
from app.schemas.statistical.tables import Row
from app.schemas.statistical.tables import Rows
from app.schemas.statistical.training_spec import SUPERVISED_TASKS
from app.schemas.statistical.training_spec import TASKS
from app.schemas.statistical.training_spec import Algorithm
from app.schemas.statistical.training_spec import Task
from app.schemas.statistical.training_spec import TrainingSpec

TrainedModelName = Annotated[
    str,
    TRIMMED,
    Field(min_length=1, max_length=NAME_LENGTH, pattern="^[^/]*$"),
    STORABLE,
]


def _validate_unique(names: list[str]) -> list[str]:
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"{name!r} is listed more than once")
    return names


Features = Annotated[
    list[ColumnName],
    FailFast(),
    Field(max_length=MAX_COLUMNS, examples=[[]]),
    AfterValidator(_validate_unique),
]


class TrainingRequest(RequestModel):
    """The name of a model, and what to train."""

    name: TrainedModelName = Field(
        examples=["houses"], description="Training it again creates the next version."
    )
    algorithm: Algorithm = Field(
        default=Algorithm.AUTO,
        description="By default, those of the task are compared, and the best is selected.",
    )
    task: Task | None = Field(
        default=None,
        examples=[Task.REGRESSION],
        description="By default, the algorithm and the target decide: a target of amounts is a "
        "regression; of anything else, or of few distinct integers, it is a classification.",
    )
    target: ColumnName | None = Field(
        default=None,
        examples=["price"],
        description="The column to predict. Without a target, the default task is clustering.",
    )
    features: Features = Field(
        default_factory=list,
        description="The columns to predict from; by default, all except the target.",
    )

    @model_validator(mode="after")
    def validate_combination(self) -> Self:
        """Validate that algorithm, task and target fit together."""
        possible = (self.task,) if self.task else TASKS[self.algorithm]
        if self.task and self.task not in TASKS[self.algorithm]:
            raise ValueError(f"{self.algorithm.value} does not support {self.task.value}")
        if self.target is None and not set(possible) - set(SUPERVISED_TASKS):
            raise ValueError(f"{possible[0].value} needs a target")
        if self.target is not None and not set(possible) & set(SUPERVISED_TASKS):
            raise ValueError(f"{possible[0].value} takes no target")
        if self.target is not None and self.target in self.features:
            raise ValueError("the target must not be one of the features")
        return self

    def to_spec(self) -> TrainingSpec:
        """Return the part that the worker needs."""
        return TrainingSpec.model_validate(self)


class TrainingFromRows(TrainingRequest):
    """A training request with the rows to train on."""

    rows: Rows = Field(
        description="At least ten rows, each an object from column name to value. "
        'The text `"4.5"` is a number, an empty text is a missing value.'
    )


class ModelQuery(PageQuery):
    """The query of a list of models, which starts with the newest."""

    name: TrainedModelName | None = Field(default=None, description="Only versions of this name.")


class ModelQueued(ResponseModel):
    """A queued model."""

    id: UUID
    name: str
    version: int = Field(description="1 for the first model of this name, then counting up.")
    status: Status = Field(description="Poll the model until this is `ready` or `failed`.")


class ModelSummary(ModelQueued):
    """The state of a model."""

    progress: int = Field(description="In percent.")
    error: str | None = Field(description="Why the training failed; null unless it did.")
    created_at: datetime
    updated_at: datetime


class ModelPage(ResponseModel):
    """One page of models."""

    items: list[ModelSummary]
    next_cursor: NextCursor


class ModelRead(ModelSummary):
    """A model with its training request and, when it is ready, its result."""

    algorithm: Algorithm
    target: str | None
    features: list[str] = Field(description="As requested; empty means all except the target.")
    result: TrainingResult | None = Field(description="Null until the model is ready.")

    @classmethod
    def from_model(cls, model: StatisticalModel) -> Self:
        """Convert a database row."""
        spec = TrainingSpec.model_validate_json(model.training_spec)
        result = TrainingResult.model_validate_json(model.result) if model.result else None
        summary = ModelSummary.model_validate(model).model_dump()
        request = spec.model_dump(include={"algorithm", "target", "features"})
        return cls(**summary, **request, result=result)


class PredictRows(RequestModel):
    """Rows with every column that the model uses, and no column that it was not trained with."""

    rows: Annotated[list[Row], FailFast(), Field(min_length=1, max_length=MAX_PREDICTED_ROWS)]

    model_config = example({"rows": [{"rooms": "3", "town": "Rome"}]})


class Predictions(ResponseModel):
    """One prediction per row, in order."""

    predictions: list[Prediction]
