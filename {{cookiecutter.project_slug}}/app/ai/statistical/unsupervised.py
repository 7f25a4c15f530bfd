"""Learning without a column to predict: groups of similar rows, and rows that stand out."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from app.ai.statistical import metrics
from app.ai.statistical.algorithms import ESTIMATORS
from app.ai.statistical.algorithms import SEED
from app.ai.statistical.fitting import NOTHING
from app.ai.statistical.fitting import Fitted
from app.ai.statistical.frames import Learned
from app.ai.statistical.pipeline import build
from app.ai.statistical.reasons import Failure
from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.choices import Task
from app.schemas.statistical.results import Group

CLUSTERS = range(2, 9)
MOST_COMPARED_ROWS = 2000
HELD_OUT = 0.25
NAMES = {1: "normal", -1: "anomaly"}

Progress = Callable[[int], None]


def fit(algorithm: Algorithm, task: Task, learned: Learned, progress: Progress) -> Fitted:
    """Learn from three quarters of the rows, measure on the rest, then train on all of them."""
    chosen = next(iter(ESTIMATORS[task])) if algorithm is Algorithm.AUTO else algorithm
    learn, held_out = train_test_split(learned.frame, test_size=HELD_OUT, random_state=SEED)
    pipeline = build(learned.columns, ESTIMATORS[task][chosen]())
    if task is Task.ANOMALY_DETECTION:
        flagged = pipeline.fit(learn).predict(held_out) == -1
        told = {"metrics": metrics.of_anomalies(flagged), "reason": "Fits this task."}
    else:
        told = _choose_clusters(pipeline, learn, held_out)
    progress(70)
    assigned = pipeline.fit(learned.frame).predict(learned.frame)
    groups = [
        Group(label=label_of(task, number), rows=count)
        for number, count in sorted(Counter(assigned.tolist()).items())
    ]
    labels = [group.label for group in groups]
    about = {"task": task, "algorithm": chosen, "labels": labels, "groups": groups}
    return Fitted(pipeline, {**NOTHING, **told, **about})


def label_of(task: Task, number: int) -> str:
    """What a group is called: ``normal`` or ``anomaly``, or the number of a cluster from 1 up."""
    return NAMES[number] if task is Task.ANOMALY_DETECTION else str(number + 1)


def _choose_clusters(
    pipeline: Pipeline, learn: pd.DataFrame, held_out: pd.DataFrame
) -> dict[str, Any]:
    """Set the number of clusters that are most clearly apart; what is to be told of it."""
    points = pipeline[0].fit_transform(learn)
    different = len(np.unique(points, axis=0))
    if different < CLUSTERS.start + 1:
        raise Failure("There are too few different rows to form groups.")
    scores = {count: _score(pipeline, points, count) for count in CLUSTERS if count < different}
    best = max(scores, key=lambda count: scores[count])
    pipeline[-1].set_params(n_clusters=best)
    shown = ", ".join(f"{count}: {score:.2f}" for count, score in scores.items())
    assigned = pipeline.fit(learn).predict(held_out)
    shuffled = np.random.default_rng(SEED).permutation(assigned)
    held_points = pipeline[0].transform(held_out)
    return {
        "metrics": metrics.of_groups(held_points, assigned, shuffled),
        "reason": f"{best} clusters are the most clearly apart (silhouette by number: {shown}).",
    }


def _score(pipeline: Pipeline, points: Any, count: int) -> float:
    estimator = pipeline[-1].set_params(n_clusters=count)
    assigned = estimator.fit_predict(points)
    sample = np.random.default_rng(SEED).permutation(len(points))[:MOST_COMPARED_ROWS]
    return metrics.silhouette(points[sample], assigned[sample])
