"""What can be chosen when a model is trained, and what columns can be."""

from enum import StrEnum


class Algorithm(StrEnum):
    """How a model learns. ``auto`` compares those that fit the task and says why it chose one."""

    AUTO = "auto"
    LOGISTIC_REGRESSION = "logistic_regression"
    RIDGE = "ridge"
    RANDOM_FOREST = "random_forest"
    HIST_GRADIENT_BOOSTING = "hist_gradient_boosting"
    KMEANS = "kmeans"
    ISOLATION_FOREST = "isolation_forest"


class Task(StrEnum):
    """What a model is for."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    CLUSTERING = "clustering"
    ANOMALY_DETECTION = "anomaly_detection"


class ColumnType(StrEnum):
    """What the values of a column are. ``text`` differs in nearly every row, as names do."""

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
"""The tasks that each algorithm can do."""

WITH_TARGET = (Task.CLASSIFICATION, Task.REGRESSION)
"""The tasks that learn to predict one column from the others."""
