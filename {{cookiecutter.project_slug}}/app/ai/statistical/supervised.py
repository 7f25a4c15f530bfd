"""Fit classifiers and regressors: select an algorithm, evaluate it on a test set, fit all rows."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from app.ai.statistical import metrics
from app.ai.statistical.frames import PreparedData
from app.ai.statistical.model_selection import cross_validate
from app.ai.statistical.model_selection import select
from app.ai.statistical.pipeline import BASELINES
from app.ai.statistical.pipeline import EMPTY_REPORT
from app.ai.statistical.pipeline import ESTIMATORS
from app.ai.statistical.pipeline import SEED
from app.ai.statistical.pipeline import FitResult
from app.ai.statistical.pipeline import build_pipeline
from app.schemas.statistical.results import Candidate
from app.schemas.statistical.results import ConfusionMatrix
from app.schemas.statistical.results import Importance
from app.schemas.statistical.results import Residual
from app.schemas.statistical.training_spec import Algorithm
from app.schemas.statistical.training_spec import Task

TEST_SHARE = 0.25
MAX_RESIDUALS = 300
MAX_PERMUTED_ROWS = 2000

Progress = Callable[[int], None]


@np.errstate(over="ignore", invalid="ignore")  # scores of values that differ extremely
def fit(
    algorithm: Algorithm, task: Task, data: PreparedData, target: pd.Series, progress: Progress
) -> FitResult:
    """Select an algorithm, evaluate it on a quarter of the rows, and fit it on all of them."""
    build = partial(build_pipeline, data.columns)
    x_train, x_test, y_train, y_test = _split(data.frame, target, task)
    algorithms = [algorithm]
    if algorithm == Algorithm.AUTO:
        algorithms = list(ESTIMATORS[task])
    steps = iter(np.linspace(10, 60, len(algorithms) + 1)[1:])
    candidates = cross_validate(
        algorithms, task, build, x_train, y_train, lambda: progress(int(next(steps)))
    )
    selected, reason = _select(algorithm, candidates, algorithms)
    pipeline = build(ESTIMATORS[task][selected]()).fit(x_train, y_train)
    progress(70)
    report = _evaluate(pipeline, task, x_train, x_test, y_train, y_test)
    progress(80)
    final = build(ESTIMATORS[task][selected]()).fit(data.frame, target)
    report |= {
        "task": task,
        "algorithm": selected,
        "reason": reason,
        "labels": _labels(final) if task is Task.CLASSIFICATION else [],
        "candidates": candidates,
    }
    return FitResult(final, EMPTY_REPORT | report)


def _select(
    algorithm: Algorithm, candidates: list[Candidate], algorithms: list[Algorithm]
) -> tuple[Algorithm, str]:
    if algorithm is not Algorithm.AUTO:
        return algorithm, "Requested."
    if not candidates:
        return algorithms[0], "The simplest: some labels have too few rows for cross-validation."
    return select(candidates)


def _split(features: pd.DataFrame, target: pd.Series, task: Task) -> tuple[Any, Any, Any, Any]:
    labels = target if task is Task.CLASSIFICATION else None
    test_size = math.ceil(TEST_SHARE * len(target))
    if labels is not None:
        test_size = max(test_size, labels.nunique())
    x_train, x_test, y_train, y_test = train_test_split(
        features, target, test_size=test_size, stratify=labels, random_state=SEED
    )
    return x_train, x_test, y_train, y_test


def _evaluate(
    pipeline: Pipeline, task: Task, x_train: Any, x_test: Any, y_train: Any, y_test: Any
) -> dict[str, Any]:
    y_pred = pipeline.predict(x_test)
    y_baseline = BASELINES[task]().fit(x_train, y_train).predict(x_test)
    report: dict[str, Any] = {"importance": _importance(pipeline, task, x_test, y_test)}
    if task is Task.REGRESSION:
        report["metrics"] = metrics.score_regression(y_test, y_pred, y_baseline)
        report["residuals"] = [
            Residual(actual=float(actual), predicted=float(predicted))
            for actual, predicted in list(zip(y_test, y_pred, strict=True))[:MAX_RESIDUALS]
        ]
        return report
    y_proba = pipeline.predict_proba(x_test)
    classes = pipeline.classes_
    report["metrics"] = metrics.score_classification(y_test, y_pred, y_baseline, y_proba, classes)
    counts = confusion_matrix(y_test, y_pred, labels=classes)
    report["confusion_matrix"] = ConfusionMatrix(labels=_labels(pipeline), counts=counts.tolist())
    return report


def _labels(pipeline: Pipeline) -> list[str]:
    return [str(label) for label in pipeline.classes_]


def _importance(pipeline: Pipeline, task: Task, x_test: Any, y_test: Any) -> list[Importance]:
    result = permutation_importance(
        pipeline,
        x_test[:MAX_PERMUTED_ROWS],
        y_test[:MAX_PERMUTED_ROWS],
        scoring=metrics.SCORING[task.value],
        n_repeats=5,
        random_state=SEED,
    )
    columns = zip(x_test.columns, result.importances_mean, result.importances_std, strict=True)
    importance = [
        Importance(column=str(name), mean=metrics.finite(mean), spread=metrics.finite(spread))
        for name, mean, spread in columns
    ]
    return sorted(importance, key=lambda each: -each.mean)
