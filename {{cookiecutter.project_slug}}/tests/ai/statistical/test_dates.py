"""Dates of all years: tables often use the years 1 and 9999 for "always"."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.ai.statistical import persistence
from app.ai.statistical.pipeline import DateParts
from app.ai.statistical.prediction import PipelinePredictor
from app.ai.statistical.profile import describe
from app.ai.statistical.training import train
from app.schemas.statistical.training_spec import Algorithm
from app.schemas.statistical.training_spec import TrainingSpec
from tests.support.tables import columns
from tests.support.tables import table_of

USUAL = [f"2024-01-{day:02}" for day in range(1, 21)]
FAR = ["0001-01-01", "1500-01-01", "2262-04-12", "9999-12-31"]


def test_parts_follow_the_calendar() -> None:
    dates = pd.Series(["1970-01-02 12:00", "9999-12-31", None], dtype="datetime64[us]")
    parts = DateParts().fit_transform(dates.to_frame("since"))
    assert parts[0].tolist() == [1970, 1, 2, 4, 12, 1.5]
    assert parts[1].tolist() == [9999, 12, 31, 4, 0, 2932896]
    assert np.isnan(parts[2]).all()


@pytest.mark.parametrize("dates", [USUAL, [*FAR, *USUAL[4:]]])
def test_dates_are_features(tmp_path: Path, dates: list[str]) -> None:
    rows = columns(since=dates, label=["new", "old"] * 10)
    spec = TrainingSpec(
        algorithm=Algorithm.LOGISTIC_REGRESSION, target="label", task=None, features=[]
    )
    model = train(table_of(tmp_path, rows), spec, lambda _percent: None)
    sha256 = persistence.save(model.pipeline, path := tmp_path / "model.skops", 10_000_000).sha256
    predictor = PipelinePredictor(persistence.load(path.read_bytes(), sha256), model.result)
    found = predictor.predict([{"since": date} for date in [*FAR, None]])
    assert {each.label for each in found} <= {"new", "old"}


def test_dates_are_profiled(tmp_path: Path) -> None:
    (column,) = describe(table_of(tmp_path, columns(since=[*FAR, *USUAL]))).columns
    assert (column.earliest, column.latest) == ("0001-01-01T00:00:00", "9999-12-31T00:00:00")
