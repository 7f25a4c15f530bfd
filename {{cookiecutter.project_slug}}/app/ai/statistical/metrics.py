"""Quality metrics, each with a sentence that explains it."""

from typing import Any

import numpy as np
from sklearn import metrics

from app.schemas.statistical.results import Metric

SCORING = {"classification": "balanced_accuracy", "regression": "r2"}
"""The scorer that cross-validation uses for each task."""


def score_classification(
    y_true: Any, y_pred: Any, y_baseline: Any, y_proba: Any, labels: Any
) -> list[Metric]:
    """Return the metrics of a classification; ``y_proba`` has a column for each of ``labels``."""
    scorers = [
        ("accuracy", metrics.accuracy_score, "The share of rows that are predicted correctly."),
        (
            "balanced_accuracy",
            metrics.balanced_accuracy_score,
            "The average accuracy of the labels: rare labels count as much as common ones.",
        ),
        (
            "f1_macro",
            lambda true, pred: metrics.f1_score(true, pred, average="macro", zero_division=0),
            "Combines precision and recall, averaged over the labels; 1 is perfect.",
        ),
    ]
    scores = [
        _metric(name, score(y_true, y_pred), score(y_true, y_baseline), True, meaning)
        for name, score, meaning in scorers
    ]
    loss = metrics.log_loss(y_true, y_proba, labels=labels)
    meaning = "The error of the predicted probabilities; 0 is perfect."
    return [*scores, _metric("log_loss", loss, None, False, meaning)]


def score_regression(y_true: Any, y_pred: Any, y_baseline: Any) -> list[Metric]:
    """Return the metrics of a regression."""
    mae, rmse = metrics.mean_absolute_error, metrics.root_mean_squared_error
    scorers = [
        ("r2", metrics.r2_score, True, "The share of the variance that the model explains."),
        ("mean_absolute_error", mae, False, "The average error of a prediction."),
        (
            "root_mean_squared_error",
            rmse,
            False,
            "An average error in which large errors count more.",
        ),
    ]
    return [
        _metric(name, score(y_true, y_pred), score(y_true, y_baseline), higher, meaning)
        for name, score, higher, meaning in scorers
    ]


def score_clusters(points: Any, labels: Any, shuffled: Any) -> list[Metric]:
    """Return the metrics of a clustering; the baseline assigns rows to clusters at random."""
    meaning = "How well separated the clusters are, from -1 to 1."
    score, baseline = silhouette(points, labels), silhouette(points, shuffled)
    return [_metric("silhouette", score, baseline, True, meaning)]


def score_anomalies(is_anomaly: Any) -> list[Metric]:
    """Return the metrics of an anomaly detection, which has no true labels to compare with."""
    share = float(np.mean(is_anomaly))
    return [_metric("anomaly_share", share, None, False, "The share of rows that are anomalies.")]


def silhouette(points: Any, labels: Any) -> float:
    """Return the silhouette score; 0 if there is one cluster only, or every row is a cluster."""
    if not 1 < len(np.unique(labels)) < len(labels):
        return 0.0
    return float(metrics.silhouette_score(points, labels))


def finite(value: Any) -> float:
    """Return a number that JSON can express: the largest float for infinity, 0 for NaN."""
    return float(np.nan_to_num(value))


def _metric(
    name: str, value: float, baseline: float | None, higher_is_better: bool, meaning: str
) -> Metric:
    return Metric(
        name=name,
        value=finite(value),
        baseline=None if baseline is None else finite(baseline),
        higher_is_better=higher_is_better,
        meaning=meaning,
    )
