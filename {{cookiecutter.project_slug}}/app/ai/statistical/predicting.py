"""Predictions of a trained pipeline."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sklearn.pipeline import Pipeline

from app.ai.statistical.frames import conform
from app.ai.statistical.tables import Cell
from app.ai.statistical.unsupervised import label_of
from app.schemas.statistical.choices import Task
from app.schemas.statistical.predictions import Prediction
from app.schemas.statistical.predictions import Probability
from app.schemas.statistical.results import TrainingResult


class PipelinePredictor:
    """A pipeline with what was learned about its columns; a ``Predictor``."""

    def __init__(self, pipeline: Pipeline, result: TrainingResult) -> None:
        self._pipeline = pipeline
        self._result = result

    def predict(self, rows: Sequence[Mapping[str, Cell]]) -> list[Prediction]:
        """A prediction for each row, in order.

        Raises:
            WrongCell: names the first row and column that do not fit.
        """
        frame = conform(rows, self._result.input_schema)
        found = self._pipeline.predict(frame)
        task = self._result.task
        if task is Task.REGRESSION:
            return [_prediction(value=number) for number in found]
        if task is Task.CLASSIFICATION:
            return self._labels(found, self._pipeline.predict_proba(frame))
        labels = [label_of(task, int(number)) for number in found]
        if task is Task.CLUSTERING:
            return [_prediction(label=label) for label in labels]
        scores = self._pipeline.decision_function(frame)
        return [
            _prediction(label=label, value=score)
            for label, score in zip(labels, scores, strict=True)
        ]

    def _labels(self, found: Any, chances: Any) -> list[Prediction]:
        names = [str(name) for name in self._pipeline.classes_]
        return [
            _prediction(
                label=str(label),
                probabilities=[
                    Probability(label=name, probability=float(chance))
                    for name, chance in zip(names, row, strict=True)
                ],
            )
            for label, row in zip(found, chances, strict=True)
        ]


def _prediction(
    label: str | None = None,
    value: float | None = None,
    probabilities: Sequence[Probability] = (),
) -> Prediction:
    number = None if value is None else float(value)
    return Prediction(label=label, value=number, probabilities=list(probabilities))
