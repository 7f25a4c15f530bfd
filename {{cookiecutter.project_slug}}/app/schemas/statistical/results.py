"""What a finished training tells about its model. The worker writes it, clients read it."""

from app.schemas.base import ResponseModel
from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.choices import ColumnType
from app.schemas.statistical.choices import Task


class InputColumn(ResponseModel):
    """A column as the model learned it. Rows to predict for must have every one that is used."""

    name: str
    type: ColumnType
    used: bool
    missing: int
    minimum: float | None
    maximum: float | None
    categories: list[str]
    date_format: str | None


class Metric(ResponseModel):
    """A measure of quality on rows that the model did not learn from.

    ``baseline`` is what one gets without any model, by always guessing the same.
    """

    name: str
    value: float
    baseline: float | None
    higher_is_better: bool
    meaning: str


class Candidate(ResponseModel):
    """An algorithm that was tried: mean and standard deviation of its cross-validated scores."""

    algorithm: Algorithm
    metric: str
    mean: float
    spread: float
    folds: int


class ConfusionMatrix(ResponseModel):
    """How often each label (rows) was predicted as each (columns), on held-out rows."""

    labels: list[str]
    counts: list[list[int]]


class Residual(ResponseModel):
    """One held-out row of a regression."""

    actual: float
    predicted: float


class Importance(ResponseModel):
    """How much worse the model gets when this column is shuffled: mean and standard deviation."""

    column: str
    mean: float
    spread: float


class Group(ResponseModel):
    """How many rows a cluster has, or how many are normal and how many anomalies."""

    label: str
    rows: int


class Library(ResponseModel):
    """A library and the version that the model was made with."""

    name: str
    version: str


class TrainingResult(ResponseModel):
    """All that is known of a trained model."""

    task: Task
    algorithm: Algorithm
    reason: str
    rows: int
    labels: list[str]
    metrics: list[Metric]
    candidates: list[Candidate]
    confusion_matrix: ConfusionMatrix | None
    residuals: list[Residual]
    importance: list[Importance]
    groups: list[Group]
    input_schema: list[InputColumn]
    notes: list[str]
    libraries: list[Library]
