"""Fit models without a target: clusters of similar rows, and anomalies."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from app.ai.statistical import metrics
from app.ai.statistical.errors import TrainingError
from app.ai.statistical.frames import PreparedData
from app.ai.statistical.pipeline import EMPTY_REPORT
from app.ai.statistical.pipeline import ESTIMATORS
from app.ai.statistical.pipeline import SEED
from app.ai.statistical.pipeline import FitResult
from app.ai.statistical.pipeline import build_pipeline
from app.schemas.statistical.results import Group
from app.schemas.statistical.training_spec import Algorithm
from app.schemas.statistical.training_spec import Task

CLUSTER_COUNTS = range(2, 9)
MAX_SILHOUETTE_ROWS = 2000
TEST_SHARE = 0.25
ANOMALY_LABELS = {1: "normal", -1: "anomaly"}

Progress = Callable[[int], None]


def fit(algorithm: Algorithm, task: Task, data: PreparedData, progress: Progress) -> FitResult:
    """Fit on three quarters of the rows, evaluate on the rest, then fit on all of them."""
    selected = next(iter(ESTIMATORS[task])) if algorithm is Algorithm.AUTO else algorithm
    x_train, x_test = train_test_split(data.frame, test_size=TEST_SHARE, random_state=SEED)
    pipeline = build_pipeline(data.columns, ESTIMATORS[task][selected]())
    if task is Task.ANOMALY_DETECTION:
        is_anomaly = pipeline.fit(x_train).predict(x_test) == -1
        reason = "The only algorithm for this task."
        report = {"metrics": metrics.score_anomalies(is_anomaly), "reason": reason}
    else:
        report = _select_cluster_count(pipeline, x_train, x_test)
    progress(70)
    assigned = pipeline.fit(data.frame).predict(data.frame)
    groups = [
        Group(label=label_of(task, number), rows=count)
        for number, count in sorted(Counter(assigned.tolist()).items())
    ]
    labels = [group.label for group in groups]
    report |= {"task": task, "algorithm": selected, "labels": labels, "groups": groups}
    return FitResult(pipeline, EMPTY_REPORT | report)


def label_of(task: Task, number: int) -> str:
    """Return ``normal`` or ``anomaly``, or the number of a cluster, counted from 1."""
    return ANOMALY_LABELS[number] if task is Task.ANOMALY_DETECTION else str(number + 1)


def _select_cluster_count(
    pipeline: Pipeline, x_train: pd.DataFrame, x_test: pd.DataFrame
) -> dict[str, Any]:
    """Set the number of clusters with the best silhouette score; return the report fields."""
    points = pipeline[0].fit_transform(x_train)
    distinct = len(np.unique(points, axis=0))
    if distinct < CLUSTER_COUNTS.start + 1:
        raise TrainingError("There are too few different rows to form clusters.")
    scores = {n: _score(pipeline, points, n) for n in CLUSTER_COUNTS if n < distinct}
    best = max(scores, key=lambda count: scores[count])
    pipeline[-1].set_params(n_clusters=best)
    shown = ", ".join(f"{count}: {score:.2f}" for count, score in scores.items())
    assigned = pipeline.fit(x_train).predict(x_test)
    shuffled = np.random.default_rng(SEED).permutation(assigned)
    return {
        "metrics": metrics.score_clusters(pipeline[0].transform(x_test), assigned, shuffled),
        "reason": f"{best} clusters have the best silhouette score ({shown}).",
    }


def _score(pipeline: Pipeline, points: Any, count: int) -> float:
    estimator = pipeline[-1].set_params(n_clusters=count)
    assigned = estimator.fit_predict(points)
    sample = np.random.default_rng(SEED).permutation(len(points))[:MAX_SILHOUETTE_ROWS]
    return metrics.silhouette(points[sample], assigned[sample])
