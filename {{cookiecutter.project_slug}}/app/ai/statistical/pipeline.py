"""The scikit-learn pipeline from a frame to a prediction: impute, scale, encode, estimate.

To add an algorithm, add a line to ``ESTIMATORS``, and one to ``Algorithm`` and to ``TASKS`` in
``app/schemas/statistical/training_spec.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.base import TransformerMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.ensemble import IsolationForest
from sklearn.ensemble import RandomForestClassifier
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.preprocessing import StandardScaler

from app.ai.statistical.columns import MAX_CATEGORIES
from app.schemas.statistical.results import InputColumn
from app.schemas.statistical.training_spec import Algorithm
from app.schemas.statistical.training_spec import ColumnType
from app.schemas.statistical.training_spec import Task

SEED = 0
"""Makes training reproducible: the same data gives the same model."""

FOREST: dict[str, Any] = {"n_estimators": 100, "max_leaf_nodes": 2000, "random_state": SEED}

ESTIMATORS: dict[Task, dict[Algorithm, Callable[[], Any]]] = {
    Task.CLASSIFICATION: {
        Algorithm.LOGISTIC_REGRESSION: lambda: LogisticRegression(max_iter=1000),
        Algorithm.RANDOM_FOREST: lambda: RandomForestClassifier(**FOREST),
        Algorithm.HIST_GRADIENT_BOOSTING: lambda: HistGradientBoostingClassifier(random_state=SEED),
    },
    Task.REGRESSION: {
        Algorithm.RIDGE: lambda: Ridge(),
        Algorithm.RANDOM_FOREST: lambda: RandomForestRegressor(**FOREST),
        Algorithm.HIST_GRADIENT_BOOSTING: lambda: HistGradientBoostingRegressor(random_state=SEED),
    },
    Task.CLUSTERING: {
        Algorithm.KMEANS: lambda: KMeans(n_init=10, random_state=SEED),
    },
    Task.ANOMALY_DETECTION: {
        Algorithm.ISOLATION_FOREST: lambda: IsolationForest(random_state=SEED),
    },
}
"""The algorithms of each task, the simplest first."""

BASELINES: dict[Task, Callable[[], Any]] = {
    Task.CLASSIFICATION: lambda: DummyClassifier(strategy="most_frequent"),
    Task.REGRESSION: lambda: DummyRegressor(strategy="mean"),
}
"""Estimators that ignore the features. A useful model scores better."""

MAX_DEVIATIONS = 1e30
"""The bound of scaled values, in standard deviations. Forests use float32, up to 3.4e38."""

EPOCH = np.datetime64(0, "us")  # pd.Timestamp(0) has nanoseconds, whose range ends in 2262
DATE_PARTS = ("year", "month", "day", "weekday", "hour", "days")


@dataclass(frozen=True)
class FitResult:
    """A fitted pipeline, and the fields of ``TrainingResult`` that fitting provides."""

    pipeline: Pipeline
    report: dict[str, Any]


EMPTY_REPORT: dict[str, Any] = {
    "labels": [],
    "metrics": [],
    "candidates": [],
    "confusion_matrix": None,
    "residuals": [],
    "importance": [],
    "groups": [],
}
"""The values of fields that a task does not provide."""


class BoundedScaler(StandardScaler):  # type: ignore[misc]
    """A ``StandardScaler`` that clips values far outside the range of the training data."""

    def transform(self, values: Any, copy: bool | None = None) -> Any:
        """Scale the values, and clip them to ``MAX_DEVIATIONS``."""
        return np.clip(super().transform(values, copy), -MAX_DEVIATIONS, MAX_DEVIATIONS)


class DateParts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Replaces each date by year, month, day, weekday, hour, and days since 1970."""

    def fit(self, dates: pd.DataFrame, _target: Any = None) -> Self:
        """Store the column names."""
        self.columns_ = [str(name) for name in dates.columns]
        return self

    def transform(self, dates: pd.DataFrame) -> Any:
        """Return a numeric column for each part of each date; NaN for a missing date."""
        parts = [part for name in self.columns_ for part in _to_date_parts(dates[name])]
        return np.column_stack(parts)

    def get_feature_names_out(self, _names: Any = None) -> Any:
        """Return ``column.part`` for each column that ``transform`` returns."""
        names = [f"{name}.{part}" for name in self.columns_ for part in DATE_PARTS]
        return np.array(names, object)


def build_pipeline(columns: list[InputColumn], estimator: Any) -> Pipeline:
    """Return an unfitted pipeline for frames with these columns."""
    of_type = {kind: [c.name for c in columns if c.used and c.type is kind] for kind in ColumnType}
    steps = [
        ("numbers", _numbers(), of_type[ColumnType.NUMBER]),
        ("booleans", SimpleImputer(strategy="most_frequent"), of_type[ColumnType.BOOLEAN]),
        ("dates", make_pipeline(DateParts(), _numbers()), of_type[ColumnType.DATE]),
        ("categories", _categories(), of_type[ColumnType.CATEGORY]),
    ]
    prepare = ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0)
    return Pipeline([("prepare", prepare), ("estimate", estimator)])


def _numbers() -> Pipeline:
    return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), BoundedScaler())


def _categories() -> OneHotEncoder:
    # A missing value is an empty text, and so a category. Unknown values count as infrequent.
    return OneHotEncoder(
        max_categories=MAX_CATEGORIES, handle_unknown="infrequent_if_exist", sparse_output=False
    )


def _to_date_parts(dates: pd.Series) -> list[Any]:
    date = dates.dt
    days = (dates - EPOCH) / np.timedelta64(1, "D")
    parts = (date.year, date.month, date.day, date.day_of_week, date.hour, days)
    return [part.to_numpy(dtype=float, na_value=np.nan) for part in parts]
