"""Dates of every year: "valid for ever" is often the year 9999, and "always was" the year 1."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.ai.statistical import store
from app.ai.statistical.dates import DateParts
from app.ai.statistical.predicting import PipelinePredictor
from app.ai.statistical.profile import describe
from app.ai.statistical.training import train
from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.orders import TrainingOrder
from tests.support.tables import columns
from tests.support.tables import table_of

USUAL = [f"2024-01-{day:02}" for day in range(1, 21)]
FAR = ["0001-01-01", "1500-01-01", "2262-04-12", "9999-12-31"]


def test_parts_are_those_of_the_calendar() -> None:
    dates = pd.Series(["1970-01-02 12:00", "9999-12-31", None], dtype="datetime64[us]")
    parts = DateParts().fit_transform(dates.to_frame("since"))
    assert parts[0].tolist() == [1970, 1, 2, 4, 12, 1.5]
    assert parts[1].tolist() == [9999, 12, 31, 4, 0, 2932896]
    assert np.isnan(parts[2]).all()


@pytest.mark.parametrize("learned", [USUAL, [*FAR, *USUAL[4:]]])
def test_they_are_learned_and_predicted(tmp_path: Path, learned: list[str]) -> None:
    rows = columns(since=learned, label=["new", "old"] * 10)
    order = TrainingOrder(
        algorithm=Algorithm.LOGISTIC_REGRESSION, target="label", task=None, features=[]
    )
    model = train(table_of(tmp_path, rows), order, lambda _percent: None)
    sha256 = store.save(model.pipeline, path := tmp_path / "model.skops")
    predictor = PipelinePredictor(store.load(path, sha256), model.result)
    found = predictor.predict([{"since": date} for date in [*FAR, None]])
    assert {each.label for each in found} <= {"new", "old"}


def test_they_are_described(tmp_path: Path) -> None:
    (column,) = describe(table_of(tmp_path, columns(since=[*FAR, *USUAL]))).columns
    assert (column.earliest, column.latest) == ("0001-01-01T00:00:00", "9999-12-31T00:00:00")
