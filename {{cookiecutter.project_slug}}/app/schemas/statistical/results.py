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
    """Whether the model learned from it."""
    missing: int
    """In how many rows it had no value."""
    minimum: float | None
    maximum: float | None
    categories: list[str]
    """The values that it had, if it is a category."""
    date_format: str | None
    """How its dates are written: `ISO8601`, or in the letters of `strftime`."""


class Metric(ResponseModel):
    """A measure of quality on rows that the model did not learn from."""

    name: str
    value: float
    baseline: float | None
    """What one gets without any model, by always guessing the same."""
    higher_is_better: bool
    meaning: str
    """A sentence for people."""


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
    """Why this algorithm was taken."""
    rows: int
    """How many it learned from."""
    labels: list[str]
    """What a prediction can say; empty in regression."""
    metrics: list[Metric]
    candidates: list[Candidate]
    confusion_matrix: ConfusionMatrix | None
    residuals: list[Residual]
    importance: list[Importance]
    groups: list[Group]
    input_schema: list[InputColumn]
    """What a row to predict for must have."""
    notes: list[str]
    """What was odd about the table, for people."""
    libraries: list[Library]
