"""Compare algorithms by cross-validation, and select one."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold
from sklearn.model_selection import StratifiedKFold
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline

from app.ai.statistical.metrics import SCORING
from app.ai.statistical.metrics import finite
from app.ai.statistical.pipeline import ESTIMATORS
from app.ai.statistical.pipeline import SEED
from app.schemas.statistical.results import Candidate
from app.schemas.statistical.training_spec import Algorithm
from app.schemas.statistical.training_spec import Task

MAX_FOLDS = 5
BuildPipeline = Callable[[Any], Pipeline]


def cross_validate(
    algorithms: list[Algorithm],
    task: Task,
    build: BuildPipeline,
    features: pd.DataFrame,
    target: pd.Series,
    on_done: Callable[[], None],
) -> list[Candidate]:
    """Score each algorithm, and call ``on_done`` after each.

    Returns an empty list if a label occurs in one row only: it cannot be in a training fold and in
    a test fold.
    """
    folds = _make_folds(task, target)
    if folds is None:
        return []
    candidates = []
    for algorithm in algorithms:
        pipeline = build(ESTIMATORS[task][algorithm]())
        metric = SCORING[task.value]
        scores = cross_val_score(
            pipeline, features, target, cv=folds, scoring=metric, error_score="raise"
        )
        candidates.append(_to_candidate(algorithm, metric, scores))
        on_done()
    return candidates


def select(candidates: list[Candidate]) -> tuple[Algorithm, str]:
    """Return the simplest algorithm within one standard error of the best, and the reason.

    This is the one-standard-error rule; the candidates are sorted by simplicity.
    """
    best = max(candidates, key=lambda candidate: candidate.mean)
    error = best.spread / math.sqrt(best.folds)
    selected = next(candidate for candidate in candidates if candidate.mean >= best.mean - error)
    scores = ", ".join(f"{each.algorithm.value} {each.mean:.3f}" for each in candidates)
    reason = f"Selected by {best.metric} in cross-validation ({scores}): "
    if selected is best:
        return selected.algorithm, f"{reason}{best.algorithm.value} has the best score."
    return selected.algorithm, (
        f"{reason}{best.algorithm.value} has the best score, but {selected.algorithm.value} is "
        "simpler and scores within one standard error of it."
    )


def _make_folds(task: Task, target: pd.Series) -> Any:
    if task is Task.REGRESSION:
        folds = max(2, min(MAX_FOLDS, len(target) // 4))
        return KFold(folds, shuffle=True, random_state=SEED)
    rarest = int(target.value_counts().min())
    if rarest == 1:
        return None
    return StratifiedKFold(min(MAX_FOLDS, rarest), shuffle=True, random_state=SEED)


def _to_candidate(algorithm: Algorithm, metric: str, scores: Any) -> Candidate:
    return Candidate(
        algorithm=algorithm,
        metric=metric,
        mean=finite(np.mean(scores)),
        spread=finite(np.std(scores)),
        folds=len(scores),
    )
