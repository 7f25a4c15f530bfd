"""What to train, as it is stored with a model and sent to the worker process.

Worker processes import this module: it must not import the database.
"""

from enum import StrEnum

from app.kit.schemas import ResponseModel


class Algorithm(StrEnum):
    """The learning algorithm. ``auto`` compares those of the task, and selects one."""

    AUTO = "auto"
    LOGISTIC_REGRESSION = "logistic_regression"
    RIDGE = "ridge"
    RANDOM_FOREST = "random_forest"
    HIST_GRADIENT_BOOSTING = "hist_gradient_boosting"
    KMEANS = "kmeans"
    ISOLATION_FOREST = "isolation_forest"


class Task(StrEnum):
    """The kind of prediction."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    CLUSTERING = "clustering"
    ANOMALY_DETECTION = "anomaly_detection"


class ColumnType(StrEnum):
    """The type of a column. A ``text`` column has a different value in nearly every row."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CATEGORY = "category"
    TEXT = "text"
    EMPTY = "empty"


TASKS: dict[Algorithm, tuple[Task, ...]] = {
    Algorithm.AUTO: tuple(Task),
    Algorithm.LOGISTIC_REGRESSION: (Task.CLASSIFICATION,),
    Algorithm.RIDGE: (Task.REGRESSION,),
    Algorithm.RANDOM_FOREST: (Task.CLASSIFICATION, Task.REGRESSION),
    Algorithm.HIST_GRADIENT_BOOSTING: (Task.CLASSIFICATION, Task.REGRESSION),
    Algorithm.KMEANS: (Task.CLUSTERING,),
    Algorithm.ISOLATION_FOREST: (Task.ANOMALY_DETECTION,),
}
"""The tasks that each algorithm supports."""

SUPERVISED_TASKS = (Task.CLASSIFICATION, Task.REGRESSION)
"""The tasks that need a target: a column to predict from the others."""


class TrainingSpec(ResponseModel):
    """The validated part of a training request that the worker needs.

    If ``features`` is empty, the model uses all columns except the target.
    """

    algorithm: Algorithm
    task: Task | None
    target: str | None
    features: list[str]
