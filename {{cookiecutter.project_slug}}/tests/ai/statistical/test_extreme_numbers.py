"""Numbers near the limits of float64: no result contains infinity or NaN."""

import math
from pathlib import Path
from typing import Any

import pytest

from app.ai.statistical import persistence
from app.ai.statistical.errors import InvalidCell
from app.ai.statistical.errors import TrainingError
from app.ai.statistical.frames import infer_schema
from app.ai.statistical.frames import to_text_frame
from app.ai.statistical.prediction import PipelinePredictor
from app.ai.statistical.tables import Table
from app.ai.statistical.training import TrainedPipeline
from app.ai.statistical.training import train
from app.schemas.statistical.results import TrainingResult
from app.schemas.statistical.training_spec import Algorithm
from app.schemas.statistical.training_spec import Task
from app.schemas.statistical.training_spec import TrainingSpec
from tests.support.tables import columns
from tests.support.tables import table_of

USUAL = [float(number) for number in range(30)]
HUGE = [number * 1e300 for number in range(1, 31)]
ALGORITHMS = ["ridge", "random_forest", "hist_gradient_boosting", "kmeans", "isolation_forest"]


def trained(folder: Path, algorithm: str, x: list[Any], y: list[Any] = USUAL) -> TrainedPipeline:
    """Train on these columns; the target, if the algorithm takes one, is ``y``."""
    target, task = (None, None) if algorithm in ALGORITHMS[3:] else ("y", Task.REGRESSION)
    spec = TrainingSpec(algorithm=Algorithm(algorithm), target=target, task=task, features=[])
    return train(table_of(folder, columns(x=x, y=y)), spec, lambda _percent: None)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("x", [[number * 1e-160 for number in USUAL], [0] * 29 + [1e30]])
def test_every_allowed_number_has_a_prediction(
    tmp_path: Path, algorithm: str, x: list[Any]
) -> None:
    model = trained(tmp_path, algorithm, x)
    sha256 = persistence.save(model.pipeline, path := tmp_path / "model.skops", 10_000_000).sha256
    predictor = PipelinePredictor(persistence.load(path.read_bytes(), sha256), model.result)
    rest = {column.name: 1 for column in model.result.input_schema}
    for found in predictor.predict([{**rest, "x": x} for x in (-1e30, 0, 1e30, 5e-324)]):
        assert found.label or math.isfinite(found.value or 0)
    with pytest.raises(InvalidCell, match="'x': must be a number between -1e"):
        predictor.predict([{**rest, "x": 1e31}])
    with pytest.raises(InvalidCell, match="between"):
        predictor.predict([{**rest, "x": "-inf"}])


def test_a_score_that_overflows_is_the_largest_float(tmp_path: Path) -> None:
    model = trained(tmp_path, "ridge", USUAL, [1e30, *(number * 1e-161 for number in USUAL[1:])])
    assert TrainingResult.model_validate_json(model.result.model_dump_json()) == model.result


def test_numbers_that_are_too_large_count_as_missing_with_a_note() -> None:
    found = infer_schema(to_text_frame(Table({"x": [*map(str, range(40)), "1e300", "-1e31"]})))
    assert (found.columns[0].missing, found.columns[0].maximum) == (2, 39)
    assert found.notes == ["'x': 2 values are beyond 1e+30 and count as missing."]


def test_a_column_of_too_large_numbers_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"'x' is not used: its numbers are beyond 1e\+30"):
        trained(tmp_path, "ridge", HUGE)
    with pytest.raises(TrainingError, match=r"numbers between .* 'y' contains the value '1e"):
        trained(tmp_path, "ridge", USUAL, HUGE)
