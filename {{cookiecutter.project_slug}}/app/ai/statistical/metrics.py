"""Measures of quality, each with a sentence that says what it means."""

from typing import Any

import numpy as np
from sklearn import metrics as measure

from app.schemas.statistical.results import Metric

SCORES = {"classification": "balanced_accuracy", "regression": "r2"}
"""What algorithms are compared by in cross-validation."""


def of_labels(actual: Any, guessed: Any, trivial: Any, chances: Any, labels: Any) -> list[Metric]:
    """Measures of a classification; ``chances`` has a column for each of ``labels``."""
    pairs = [
        ("accuracy", measure.accuracy_score, "The share of rows that are predicted rightly."),
        (
            "balanced_accuracy",
            measure.balanced_accuracy_score,
            "The same for each label on its own, then averaged: rare labels count as much.",
        ),
        (
            "f1_macro",
            lambda a, g: measure.f1_score(a, g, average="macro", zero_division=0),
            "Balances missing a label against seeing it where it is not; 1 is perfect.",
        ),
    ]
    found = [
        _metric(name, score(actual, guessed), score(actual, trivial), True, meaning)
        for name, score, meaning in pairs
    ]
    loss = measure.log_loss(actual, chances, labels=labels)
    meaning = "How wrong the probabilities are; 0 is perfect."
    return [*found, _metric("log_loss", loss, None, False, meaning)]


def of_numbers(actual: Any, guessed: Any, trivial: Any) -> list[Metric]:
    """Measures of a regression."""
    mae, rmse = measure.mean_absolute_error, measure.root_mean_squared_error
    pairs = [
        ("r2", measure.r2_score, True, "The share of the differences that is explained."),
        ("mean_absolute_error", mae, False, "How far off a prediction is on average."),
        ("root_mean_squared_error", rmse, False, "The same, with big errors counting more."),
    ]
    return [
        _metric(name, score(actual, guessed), score(actual, trivial), better, meaning)
        for name, score, better, meaning in pairs
    ]


def of_groups(points: Any, labels: Any, shuffled: Any) -> list[Metric]:
    """Measures of clusters; the baseline puts rows into clusters at random."""
    meaning = "How clearly the clusters are apart, from -1 to 1."
    return [
        _metric(
            "silhouette", silhouette(points, labels), silhouette(points, shuffled), True, meaning
        )
    ]


def of_anomalies(flagged: Any) -> list[Metric]:
    """Measures of an anomaly detection, for which there is no right answer to compare with."""
    share = float(np.mean(flagged))
    return [_metric("anomaly_share", share, None, False, "The share of rows that stand out.")]


def silhouette(points: Any, labels: Any) -> float:
    """How clearly clusters are apart; 0 when there is only one, or each row is its own."""
    if not 1 < len(np.unique(labels)) < len(labels):
        return 0.0
    return float(measure.silhouette_score(points, labels))


def finite(value: Any) -> float:
    """The value as a number that JSON has: the largest for infinity, 0 for what is no number."""
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
