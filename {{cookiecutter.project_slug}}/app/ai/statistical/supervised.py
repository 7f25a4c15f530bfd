"""Learning to predict a column: choose, evaluate on rows held back, then learn from all of them."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from app.ai.statistical import metrics
from app.ai.statistical.algorithms import BASELINES
from app.ai.statistical.algorithms import ESTIMATORS
from app.ai.statistical.algorithms import SEED
from app.ai.statistical.choosing import choose
from app.ai.statistical.choosing import compare
from app.ai.statistical.fitting import NOTHING
from app.ai.statistical.fitting import Fitted
from app.ai.statistical.frames import Learned
from app.ai.statistical.pipeline import build
from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.choices import Task
from app.schemas.statistical.results import ConfusionMatrix
from app.schemas.statistical.results import Importance
from app.schemas.statistical.results import Residual

HELD_OUT = 0.25
MOST_RESIDUALS = 300
MOST_SHUFFLED_ROWS = 2000

Progress = Callable[[int], None]


@np.errstate(over="ignore", invalid="ignore")  # scores of values that are far apart
def fit(
    algorithm: Algorithm, task: Task, learned: Learned, target: pd.Series, progress: Progress
) -> Fitted:
    """Choose an algorithm, measure it on a quarter of the rows, and train it on all of them."""
    new = _Builder(learned)
    parts = _split(learned.frame, target, task)
    tried: list[Algorithm] = [algorithm]
    if algorithm is Algorithm.AUTO:
        tried = list(ESTIMATORS[task])
    steps = iter(np.linspace(10, 60, len(tried) + 1)[1:])
    learn_x, learn_y = parts[0], parts[2]
    candidates = compare(tried, task, new, learn_x, learn_y, lambda: progress(int(next(steps))))
    chosen, reason = _choice(algorithm, candidates, tried)
    pipeline = new(ESTIMATORS[task][chosen]()).fit(learn_x, learn_y)
    progress(70)
    told = _evaluate(pipeline, task, *parts)
    progress(80)
    final = new(ESTIMATORS[task][chosen]()).fit(learned.frame, target)
    labels = [str(name) for name in final.classes_] if task is Task.CLASSIFICATION else []
    about = {"task": task, "algorithm": chosen, "reason": reason, "labels": labels}
    return Fitted(final, {**NOTHING, **told, **about, "candidates": candidates})


class _Builder:
    """Makes untrained pipelines for the columns that were learned."""

    def __init__(self, learned: Learned) -> None:
        self._columns = learned.columns

    def __call__(self, estimator: Any) -> Pipeline:
        return build(self._columns, estimator)


def _choice(
    algorithm: Algorithm, candidates: list[Any], tried: list[Algorithm]
) -> tuple[Algorithm, str]:
    if algorithm is not Algorithm.AUTO:
        return algorithm, "Asked for."
    if not candidates:
        return tried[0], "The simplest: there are too few rows of some labels to compare."
    return choose(candidates)


def _split(features: pd.DataFrame, target: pd.Series, task: Task) -> tuple[Any, Any, Any, Any]:
    labels = target if task is Task.CLASSIFICATION else None
    held_out = math.ceil(HELD_OUT * len(target))
    if labels is not None:
        held_out = max(held_out, labels.nunique())
    parts = train_test_split(
        features, target, test_size=held_out, stratify=labels, random_state=SEED
    )
    return parts[0], parts[1], parts[2], parts[3]


def _evaluate(
    pipeline: Pipeline, task: Task, learn_x: Any, held_x: Any, learn_y: Any, held_y: Any
) -> dict[str, Any]:
    guessed = pipeline.predict(held_x)
    trivial = BASELINES[task]().fit(learn_x, learn_y).predict(held_x)
    told: dict[str, Any] = {"importance": _importance(pipeline, task, held_x, held_y)}
    if task is Task.REGRESSION:
        told["metrics"] = metrics.of_numbers(held_y, guessed, trivial)
        told["residuals"] = [
            Residual(actual=float(actual), predicted=float(value))
            for actual, value in list(zip(held_y, guessed, strict=True))[:MOST_RESIDUALS]
        ]
        return told
    chances = pipeline.predict_proba(held_x)
    told["metrics"] = metrics.of_labels(held_y, guessed, trivial, chances, pipeline.classes_)
    counts = confusion_matrix(held_y, guessed, labels=pipeline.classes_)
    labels = [str(label) for label in pipeline.classes_]
    told["confusion_matrix"] = ConfusionMatrix(labels=labels, counts=counts.tolist())
    return told


def _importance(pipeline: Pipeline, task: Task, held_x: Any, held_y: Any) -> list[Importance]:
    found = permutation_importance(
        pipeline,
        held_x[:MOST_SHUFFLED_ROWS],
        held_y[:MOST_SHUFFLED_ROWS],
        scoring=metrics.SCORES[task.value],
        n_repeats=5,
        random_state=SEED,
    )
    columns = zip(held_x.columns, found.importances_mean, found.importances_std, strict=True)
    importance = [
        Importance(column=str(name), mean=metrics.finite(mean), spread=metrics.finite(spread))
        for name, mean, spread in columns
    ]
    return sorted(importance, key=lambda each: -each.mean)
