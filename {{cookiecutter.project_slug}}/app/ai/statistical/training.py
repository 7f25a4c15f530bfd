"""Train a model on a table: parse the target, infer the feature types, fit, and report."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from sklearn.pipeline import Pipeline

from app.ai.statistical import errors
from app.ai.statistical import supervised
from app.ai.statistical import unsupervised
from app.ai.statistical.columns import MAX_ABSOLUTE_VALUE
from app.ai.statistical.columns import infer_column
from app.ai.statistical.columns import parse_column
from app.ai.statistical.columns import shorten
from app.ai.statistical.errors import TrainingError
from app.ai.statistical.frames import infer_schema
from app.ai.statistical.frames import to_text_frame
from app.ai.statistical.persistence import installed_libraries
from app.ai.statistical.tables import Table
from app.schemas.statistical.results import TrainingResult
from app.schemas.statistical.training_spec import SUPERVISED_TASKS
from app.schemas.statistical.training_spec import TASKS
from app.schemas.statistical.training_spec import ColumnType
from app.schemas.statistical.training_spec import Task
from app.schemas.statistical.training_spec import TrainingSpec

MIN_ROWS = 10
MAX_CLASSES = 50
MAX_LABEL_CHARACTERS = 200
"""Every prediction lists every label."""

MAX_INTEGER_CLASSES = 20
"""Integers with at most this many distinct values are labels; with more, they are amounts."""


@dataclass(frozen=True)
class TrainedPipeline:
    """A fitted pipeline, and its report."""

    pipeline: Pipeline
    result: TrainingResult


def train(table: Table, spec: TrainingSpec, progress: Callable[[int], None]) -> TrainedPipeline:
    """Train what the spec asks for; report the progress in percent.

    Raises:
        TrainingError: this table and spec cannot be trained; says why.
    """
    texts, notes = _drop_rows_without_target(to_text_frame(table), spec.target)
    task = _select_task(spec, _target_of(texts, spec))
    data = infer_schema(_select_features(texts, spec))
    if not data.frame.columns.size:
        raise errors.no_usable_features(data.notes)
    progress(10)
    if task in SUPERVISED_TASKS:
        target = _parse_target(texts, spec, task)
        fitted = supervised.fit(spec.algorithm, task, data, target, progress)
    else:
        fitted = unsupervised.fit(spec.algorithm, task, data, progress)
    result = TrainingResult(
        **fitted.report,
        input_schema=data.columns,
        notes=[*notes, *data.notes],
        libraries=installed_libraries(),
        rows=len(data.frame),
    )
    return TrainedPipeline(fitted.pipeline, result)


def _drop_rows_without_target(
    texts: pd.DataFrame, target: str | None
) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows that have a target, and a note about the others."""
    if target is None:
        return texts, []
    if target not in texts:
        raise errors.unknown_column(target, [str(name) for name in texts])
    kept = texts[texts[target] != ""].reset_index(drop=True)
    dropped = len(texts) - len(kept)
    if kept.empty and dropped:
        raise TrainingError(f"{target!r} is empty in every row, so there is nothing to predict.")
    return kept, [f"{dropped} rows were dropped because {target!r} is empty."] if dropped else []


def _target_of(texts: pd.DataFrame, spec: TrainingSpec) -> pd.Series | None:
    return None if spec.target is None else texts[spec.target]


def _select_task(spec: TrainingSpec, target: pd.Series | None) -> Task:
    """Return the requested task, or the one that the algorithm and the target imply."""
    if spec.task is not None:
        return spec.task
    possible = TASKS[spec.algorithm]
    if len(possible) == 1:
        return possible[0]
    if target is None:
        return Task.CLUSTERING
    return Task.REGRESSION if _has_amounts(target) else Task.CLASSIFICATION


def _has_amounts(target: pd.Series) -> bool:
    parsed = infer_column(target)
    if parsed.type is not ColumnType.NUMBER or parsed.invalid.any():
        return False
    are_integers = bool((parsed.values % 1 == 0).all())
    return not (are_integers and parsed.values.nunique() <= MAX_INTEGER_CLASSES)


def _select_features(texts: pd.DataFrame, spec: TrainingSpec) -> pd.DataFrame:
    _require_rows(texts)
    names = spec.features or [str(name) for name in texts if name != spec.target]
    for name in names:
        if name not in texts:
            raise errors.unknown_column(name, [str(column) for column in texts])
    return texts[names]


def _parse_target(texts: pd.DataFrame, spec: TrainingSpec, task: Task) -> pd.Series:
    target = _target_of(texts, spec)
    if target is None:
        raise TrainingError(f"A {task.value} needs a target, which is the column to predict.")
    return _parse_labels(target) if task is Task.CLASSIFICATION else _parse_numbers(target)


def _parse_numbers(target: pd.Series) -> pd.Series:
    parsed = parse_column(target, ColumnType.NUMBER)
    name = str(target.name)
    if parsed.invalid.any():
        raise errors.non_numeric_target(name, target[parsed.invalid].iloc[0])
    out_of_range = ~(parsed.values.abs() <= MAX_ABSOLUTE_VALUE)  # NaN if it was infinite
    if out_of_range.any():
        raise errors.target_out_of_range(name, target[out_of_range].iloc[0], MAX_ABSOLUTE_VALUE)
    _require_rows(target)
    if parsed.values.nunique() == 1:
        raise errors.constant_target(name, target.iloc[0])
    return parsed.values


def _parse_labels(target: pd.Series) -> pd.Series:
    name, counts = str(target.name), target.value_counts()
    _require_rows(target)
    if len(counts) == 1:
        raise errors.constant_target(name, str(counts.index[0]))
    longest = max(map(str, counts.index), key=len, default="")
    if len(longest) > MAX_LABEL_CHARACTERS:
        raise errors.label_too_long(name, shorten(longest), MAX_LABEL_CHARACTERS)
    if len(counts) > MAX_CLASSES:
        raise errors.too_many_classes(name, len(counts), MAX_CLASSES)
    if counts.iloc[-1] == 1:
        raise errors.rare_class(name, str(counts.index[-1]))
    return target


def _require_rows(rows: pd.DataFrame | pd.Series) -> None:
    if len(rows) < MIN_ROWS:
        raise errors.too_few_rows(len(rows), MIN_ROWS)
