"""Numbers near the ends of what a computer counts with: no answer holds infinity or NaN."""

import math
from pathlib import Path
from typing import Any

import pytest

from app.ai.statistical import store
from app.ai.statistical.frames import learn
from app.ai.statistical.frames import texts_of
from app.ai.statistical.port import WrongCell
from app.ai.statistical.predicting import PipelinePredictor
from app.ai.statistical.reasons import Failure
from app.ai.statistical.tables import Table
from app.ai.statistical.training import Trained
from app.ai.statistical.training import train
from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.choices import Task
from app.schemas.statistical.orders import TrainingOrder
from app.schemas.statistical.results import TrainingResult
from tests.support.tables import columns
from tests.support.tables import table_of

USUAL = [float(number) for number in range(30)]
HUGE = [number * 1e300 for number in range(1, 31)]
ALGORITHMS = ["ridge", "random_forest", "hist_gradient_boosting", "kmeans", "isolation_forest"]


def trained(folder: Path, algorithm: str, x: list[Any], y: list[Any] = USUAL) -> Trained:
    """A model of these columns; where the algorithm takes a target, it is ``y``."""
    target, task = (None, None) if algorithm in ALGORITHMS[3:] else ("y", Task.REGRESSION)
    order = TrainingOrder(algorithm=Algorithm(algorithm), target=target, task=task, features=[])
    return train(table_of(folder, columns(x=x, y=y)), order, lambda _percent: None)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("x", [[number * 1e-160 for number in USUAL], [0] * 29 + [1e30]])
def test_whatever_may_be_asked_has_an_answer(tmp_path: Path, algorithm: str, x: list[Any]) -> None:
    model = trained(tmp_path, algorithm, x)
    sha256 = store.save(model.pipeline, path := tmp_path / "model.skops")
    predictor = PipelinePredictor(store.load(path, sha256), model.result)
    rest = {column.name: 1 for column in model.result.input_schema}
    for found in predictor.predict([{**rest, "x": x} for x in (-1e30, 0, 1e30, 5e-324)]):
        assert found.label or math.isfinite(found.value or 0)
    with pytest.raises(WrongCell, match="'x': must be a number between -1e"):
        predictor.predict([{**rest, "x": 1e31}])
    with pytest.raises(WrongCell, match="between"):
        predictor.predict([{**rest, "x": "-inf"}])


def test_a_score_beyond_all_numbers_is_the_largest(tmp_path: Path) -> None:
    model = trained(tmp_path, "ridge", USUAL, [1e30, *(number * 1e-161 for number in USUAL[1:])])
    assert TrainingResult.model_validate_json(model.result.model_dump_json()) == model.result


def test_numbers_that_are_too_large_count_as_missing_and_are_told() -> None:
    found = learn(texts_of(Table({"x": [*map(str, range(40)), "1e300", "-1e31"]})))
    assert (found.columns[0].missing, found.columns[0].maximum) == (2, 39)
    assert found.notes == ["'x': 2 values are beyond 1e+30 and count as missing."]


def test_where_all_are_too_large_there_is_nothing_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"'x' is not used: its numbers are beyond 1e\+30"):
        trained(tmp_path, "ridge", HUGE)
    with pytest.raises(Failure, match=r"'y' must hold numbers between .* one value is '1e"):
        trained(tmp_path, "ridge", USUAL, HUGE)
