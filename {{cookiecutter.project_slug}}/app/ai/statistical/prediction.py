"""Predict with a fitted pipeline."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sklearn.pipeline import Pipeline

from app.ai.statistical.frames import validate_rows
from app.ai.statistical.tables import Cell
from app.ai.statistical.unsupervised import label_of
from app.schemas.statistical.results import Prediction
from app.schemas.statistical.results import Probability
from app.schemas.statistical.results import TrainingResult
from app.schemas.statistical.training_spec import Task


class PipelinePredictor:
    """A ``Predictor``: a pipeline with the schema of its input."""

    def __init__(self, pipeline: Pipeline, result: TrainingResult) -> None:
        self._pipeline = pipeline
        self._result = result

    def predict(self, rows: Sequence[Mapping[str, Cell]]) -> list[Prediction]:
        """Return one prediction per row, in order.

        Raises:
            InvalidCell: a cell does not match; names the first such row and column.
        """
        frame = validate_rows(rows, self._result.input_schema)
        y_pred = self._pipeline.predict(frame)
        task = self._result.task
        if task is Task.REGRESSION:
            return [_prediction(value=number) for number in y_pred]
        if task is Task.CLASSIFICATION:
            return self._to_predictions(y_pred, self._pipeline.predict_proba(frame))
        labels = [label_of(task, int(number)) for number in y_pred]
        if task is Task.CLUSTERING:
            return [_prediction(label=label) for label in labels]
        scores = self._pipeline.decision_function(frame)
        return [
            _prediction(label=label, value=score)
            for label, score in zip(labels, scores, strict=True)
        ]

    def _to_predictions(self, y_pred: Any, y_proba: Any) -> list[Prediction]:
        names = [str(name) for name in self._pipeline.classes_]
        return [
            _prediction(
                label=str(label),
                probabilities=[
                    Probability(label=name, probability=float(probability))
                    for name, probability in zip(names, row, strict=True)
                ],
            )
            for label, row in zip(y_pred, y_proba, strict=True)
        ]


def _prediction(
    label: str | None = None,
    value: float | None = None,
    probabilities: Sequence[Probability] = (),
) -> Prediction:
    number = None if value is None else float(value)
    return Prediction(label=label, value=number, probabilities=list(probabilities))
