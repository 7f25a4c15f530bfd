"""The column to predict: what task it makes, and whether anything can be learned about it."""

import pandas as pd

from app.ai.statistical.columns import LARGEST
from app.ai.statistical.columns import convert
from app.ai.statistical.columns import infer
from app.ai.statistical.reasons import not_numeric
from app.ai.statistical.reasons import one_value
from app.ai.statistical.reasons import rare_class
from app.ai.statistical.reasons import too_few_rows
from app.ai.statistical.reasons import too_large
from app.ai.statistical.reasons import too_many_classes
from app.schemas.statistical.choices import TASKS
from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.choices import ColumnType
from app.schemas.statistical.choices import Task

FEWEST_ROWS = 10
MOST_CLASSES = 50
WHOLE_NUMBERS_AS_CLASSES = 20
"""Whole numbers with no more different values than this are taken for labels, not for amounts."""


def task_of(algorithm: Algorithm, task: Task | None, target: pd.Series | None) -> Task:
    """What is to be learned: as asked, or else as the algorithm and the target suggest."""
    if task is not None:
        return task
    possible = TASKS[algorithm]
    if len(possible) == 1:
        return possible[0]
    if target is None:
        return Task.CLUSTERING
    return Task.REGRESSION if _holds_amounts(target) else Task.CLASSIFICATION


def numbers_of(target: pd.Series) -> pd.Series:
    """The values of a regression.

    Raises:
        Failure: too few, not numeric, too large, or all the same.
    """
    found = convert(target, ColumnType.NUMBER)
    name = str(target.name)
    if found.wrong.any():
        raise not_numeric(name, target[found.wrong].iloc[0])
    extreme = ~(found.values.abs() <= LARGEST)  # infinity counts as missing
    if extreme.any():
        raise too_large(name, target[extreme].iloc[0], LARGEST)
    _check_rows(target)
    if found.values.nunique() == 1:
        raise one_value(name, target.iloc[0])
    return found.values


def labels_of(target: pd.Series) -> pd.Series:
    """The labels of a classification.

    Raises:
        Failure: too few rows, one label only, too many, or one that stands only once.
    """
    name, counts = str(target.name), target.value_counts()
    _check_rows(target)
    if len(counts) == 1:
        raise one_value(name, str(counts.index[0]))
    if len(counts) > MOST_CLASSES:
        raise too_many_classes(name, len(counts), MOST_CLASSES)
    if counts.iloc[-1] == 1:
        raise rare_class(name, str(counts.index[-1]))
    return target


def _check_rows(target: pd.Series) -> None:
    if len(target) < FEWEST_ROWS:
        raise too_few_rows(len(target), FEWEST_ROWS)


def _holds_amounts(target: pd.Series) -> bool:
    found = infer(target)
    if found.type is not ColumnType.NUMBER or found.wrong.any():
        return False
    whole = bool((found.values % 1 == 0).all())
    return not (whole and found.values.nunique() <= WHOLE_NUMBERS_AS_CLASSES)
