"""Compares algorithms by cross-validation, and says why it chose one."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold
from sklearn.model_selection import StratifiedKFold
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline

from app.ai.statistical.algorithms import ESTIMATORS
from app.ai.statistical.algorithms import SEED
from app.ai.statistical.metrics import SCORES
from app.ai.statistical.metrics import finite
from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.choices import Task
from app.schemas.statistical.results import Candidate

MOST_FOLDS = 5
BuildPipeline = Callable[[Any], Pipeline]
Progress = Callable[[int], None]


def compare(
    algorithms: list[Algorithm],
    task: Task,
    build: BuildPipeline,
    features: pd.DataFrame,
    target: pd.Series,
    done: Callable[[], None],
) -> list[Candidate]:
    """Cross-validate each algorithm; calls ``done`` after each.

    Empty when a label stands in one row only: no fold could learn it and be asked for it, too.
    """
    folds = _folds(task, target)
    if folds is None:
        return []
    candidates = []
    for algorithm in algorithms:
        pipeline = build(ESTIMATORS[task][algorithm]())
        metric = SCORES[task.value]
        scores = cross_val_score(
            pipeline, features, target, cv=folds, scoring=metric, error_score="raise"
        )
        candidates.append(_candidate(algorithm, metric, scores))
        done()
    return candidates


def choose(candidates: list[Candidate]) -> tuple[Algorithm, str]:
    """The simplest algorithm that is as good as the best, and why; the simplest comes first.

    "As good" means within one standard error, the usual rule against being fooled by chance.
    """
    best = max(candidates, key=lambda candidate: candidate.mean)
    error = best.spread / math.sqrt(best.folds)
    chosen = next(candidate for candidate in candidates if candidate.mean >= best.mean - error)
    scores = ", ".join(f"{each.algorithm.value} {each.mean:.3f}" for each in candidates)
    reason = f"Chosen by {best.metric} in cross-validation ({scores}): "
    if chosen is best:
        return chosen.algorithm, f"{reason}{best.algorithm.value} was the best."
    return chosen.algorithm, (
        f"{reason}{best.algorithm.value} was the best, but {chosen.algorithm.value} is simpler "
        "and the difference is within what chance explains."
    )


def _folds(task: Task, target: pd.Series) -> Any:
    if task is Task.REGRESSION:
        folds = max(2, min(MOST_FOLDS, len(target) // 4))
        return KFold(folds, shuffle=True, random_state=SEED)
    rarest = int(target.value_counts().min())
    if rarest == 1:
        return None
    return StratifiedKFold(min(MOST_FOLDS, rarest), shuffle=True, random_state=SEED)


def _candidate(algorithm: Algorithm, metric: str, scores: Any) -> Candidate:
    return Candidate(
        algorithm=algorithm,
        metric=metric,
        mean=finite(np.mean(scores)),
        spread=finite(np.std(scores)),
        folds=len(scores),
    )
