"""Results of trainings, and predictions."""

from pydantic import Field

from app.kit.schemas import ResponseModel
from app.schemas.statistical.training_spec import Algorithm
from app.schemas.statistical.training_spec import ColumnType
from app.schemas.statistical.training_spec import Task


class InputColumn(ResponseModel):
    """A column of the training data. Rows to predict must have every column that is used."""

    name: str
    type: ColumnType
    used: bool = Field(description="Whether the model uses the column.")
    missing: int = Field(description="The number of rows without a value.")
    minimum: float | None
    maximum: float | None
    categories: list[str] = Field(description="The most common values; long ones are shortened.")
    date_format: str | None = Field(description="`ISO8601` or a `strftime` format; dates only.")


class Metric(ResponseModel):
    """A quality metric, measured on rows that the model was not trained on."""

    name: str
    value: float
    baseline: float | None = Field(description="The value of a model that ignores the features.")
    higher_is_better: bool
    meaning: str = Field(description="An explanation in one sentence.")


class Candidate(ResponseModel):
    """A compared algorithm: mean and standard deviation of its cross-validation scores."""

    algorithm: Algorithm
    metric: str
    mean: float
    spread: float
    folds: int


class ConfusionMatrix(ResponseModel):
    """The number of test rows by actual label (rows) and predicted label (columns)."""

    labels: list[str]
    counts: list[list[int]]


class Residual(ResponseModel):
    """The actual and the predicted value of a test row."""

    actual: float
    predicted: float


class Importance(ResponseModel):
    """Permutation importance: how much the score drops when the column is shuffled."""

    column: str
    mean: float
    spread: float


class Group(ResponseModel):
    """The number of rows in a cluster, or of normal rows and of anomalies."""

    label: str
    rows: int


class Library(ResponseModel):
    """A library, and its version when the model was trained."""

    name: str
    version: str


class TrainingResult(ResponseModel):
    """The result of a training."""

    task: Task
    algorithm: Algorithm
    reason: str = Field(description="Why this algorithm was selected.")
    rows: int = Field(description="The number of rows that the model was trained on.")
    labels: list[str] = Field(description="The possible predictions; empty for a regression.")
    metrics: list[Metric]
    candidates: list[Candidate]
    confusion_matrix: ConfusionMatrix | None
    residuals: list[Residual]
    importance: list[Importance]
    groups: list[Group]
    input_schema: list[InputColumn] = Field(
        description="The columns of the training data; a row to predict needs those that are used."
    )
    notes: list[str] = Field(description="What is unusual in the table, in sentences.")
    libraries: list[Library]


class Probability(ResponseModel):
    """The probability of a label, between 0 and 1."""

    label: str
    probability: float


class Prediction(ResponseModel):
    """The prediction for one row."""

    label: str | None = Field(
        description="The predicted class or cluster, `normal` or `anomaly`; null for a regression."
    )
    value: float | None = Field(
        description="The number of a regression, or an anomaly score: anomalies are below 0."
    )
    probabilities: list[Probability] = Field(
        description="The probability of each label; empty unless it is a classification."
    )
