"""Learns a model from a table: from checking the data to a pipeline and all that is told of it."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from sklearn.pipeline import Pipeline

from app.ai.statistical import supervised
from app.ai.statistical import unsupervised
from app.ai.statistical.frames import learn
from app.ai.statistical.frames import texts_of
from app.ai.statistical.reasons import Failure
from app.ai.statistical.reasons import no_column
from app.ai.statistical.reasons import nothing_to_learn_from
from app.ai.statistical.reasons import too_few_rows
from app.ai.statistical.tables import Table
from app.ai.statistical.targets import FEWEST_ROWS
from app.ai.statistical.targets import labels_of
from app.ai.statistical.targets import numbers_of
from app.ai.statistical.targets import task_of
from app.ai.statistical.versions import installed
from app.schemas.statistical.choices import WITH_TARGET
from app.schemas.statistical.choices import Task
from app.schemas.statistical.orders import TrainingOrder
from app.schemas.statistical.results import TrainingResult


@dataclass(frozen=True)
class Trained:
    """A model, and all that is known of it."""

    pipeline: Pipeline
    result: TrainingResult


def train(table: Table, order: TrainingOrder, progress: Callable[[int], None]) -> Trained:
    """Learn what is asked for; ``progress`` is told percents on the way.

    Raises:
        Failure: nothing can be learned from this; says why.
    """
    texts, notes = _with_target(texts_of(table), order.target)
    task = task_of(order.algorithm, order.task, _target(texts, order))
    learned = learn(_features(texts, order))
    if not learned.frame.columns.size:
        raise nothing_to_learn_from(learned.notes)
    progress(10)
    known = {
        "input_schema": learned.columns,
        "notes": [*notes, *learned.notes],
        "libraries": installed(),
        "rows": len(learned.frame),
    }
    if task in WITH_TARGET:
        target = _values(texts, order, task)
        found = supervised.fit(order.algorithm, task, learned, target, progress)
    else:
        found = unsupervised.fit(order.algorithm, task, learned, progress)
    return Trained(found.pipeline, TrainingResult(**{**found.told, **known}))


def _with_target(texts: pd.DataFrame, target: str | None) -> tuple[pd.DataFrame, list[str]]:
    """The rows that have a target, and a note on those that have none."""
    if target is None:
        return texts, []
    if target not in texts:
        raise no_column(target, [str(name) for name in texts])
    kept = texts[texts[target] != ""].reset_index(drop=True)
    left_out = len(texts) - len(kept)
    if kept.empty and left_out:
        raise Failure(f"{target!r} is empty in every row, so there is nothing to learn.")
    return kept, [f"{left_out} rows were left out: {target!r} is empty there."] if left_out else []


def _target(texts: pd.DataFrame, order: TrainingOrder) -> pd.Series | None:
    return None if order.target is None else texts[order.target]


def _features(texts: pd.DataFrame, order: TrainingOrder) -> pd.DataFrame:
    if len(texts) < FEWEST_ROWS:
        raise too_few_rows(len(texts), FEWEST_ROWS)
    wanted = order.features or [str(name) for name in texts if name != order.target]
    for name in wanted:
        if name not in texts:
            raise no_column(name, [str(column) for column in texts])
    return texts[wanted]


def _values(texts: pd.DataFrame, order: TrainingOrder, task: Task) -> pd.Series:
    target = _target(texts, order)
    if target is None:
        raise Failure(f"A {task.value} needs a target: the column that is to be predicted.")
    return labels_of(target) if task is Task.CLASSIFICATION else numbers_of(target)
