"""Messages of trainings that fail."""

from pathlib import Path
from typing import Any

import pytest

from app.ai.statistical.errors import TrainingError
from app.ai.statistical.training import train
from app.schemas.statistical.training_spec import TrainingSpec
from tests.support.tables import Rows
from tests.support.tables import columns
from tests.support.tables import table_of

NUMBERS = [float(number) for number in range(30)]
LABELS = ["a", "b", "c"] * 10


@pytest.mark.parametrize(
    ("rows", "fields", "message"),
    [
        (columns(x=NUMBERS, t=LABELS), {"target": "y"}, "no column 'y'. The columns are: 'x', 't'"),
        (columns(x=NUMBERS, t=LABELS), {"target": "t", "features": ["z"]}, "no column 'z'"),
        (columns(x=NUMBERS, t=[None] * 30), {"target": "t"}, "'t' is empty in every row"),
        (
            columns(x=NUMBERS, t=["a"] * 30),
            {"target": "t"},
            r"All values of 't' are the same \('a'",
        ),
        (columns(x=NUMBERS[:5], t=LABELS[:5]), {"target": "t"}, "too few rows: 5. At least 10"),
        (columns(x=NUMBERS, t=[*LABELS[:-1], "d"]), {"target": "t"}, "'d' occurs only once in 't'"),
        (
            columns(x=NUMBERS, t=["a" * 201, "b"] * 15),
            {"target": "t"},
            "'t' contains a value of more than 200 characters: 'aaa",
        ),
        (
            columns(x=[*NUMBERS] * 4, t=[f"id {n // 2}" for n in range(120)]),
            {"target": "t"},
            "60 different values",
        ),
        (
            columns(x=NUMBERS, t=LABELS),
            {"target": "t", "algorithm": "ridge"},
            "needs numbers, but 't' contains the value 'a'",
        ),
        (
            columns(x=NUMBERS, t=[5] * 30),
            {"target": "t", "algorithm": "ridge"},
            r"All values of 't' are the same \('5'\)",
        ),
        (
            columns(x=NUMBERS, t=["inf", *NUMBERS[1:]]),
            {"target": "t", "algorithm": "ridge"},
            r"between -1e\+30 and 1e\+30, but 't' contains the value 'inf'",
        ),
        (
            columns(x=["k"] * 30, t=LABELS),
            {"target": "t"},
            "No usable feature column is left. 'x' is not used: all values are the same",
        ),
        (columns(t=LABELS), {"target": "t"}, "No usable feature column is left"),
        (columns(x=[1, 2] * 15), {"algorithm": "kmeans"}, "too few different rows"),
        (columns(x=NUMBERS), {"algorithm": "ridge"}, "needs a target"),
    ],
)
def test_the_message_says_why(
    tmp_path: Path, rows: Rows, fields: dict[str, Any], message: str
) -> None:
    values = {"algorithm": "auto", "task": None, "target": None, "features": [], **fields}
    with pytest.raises(TrainingError, match=message) as error:
        train(table_of(tmp_path, rows), TrainingSpec.model_validate(values), lambda _percent: None)
    assert str(error.value).endswith(".")


def test_rows_without_a_target_are_dropped_with_a_note(tmp_path: Path) -> None:
    rows = columns(x=NUMBERS, t=["", *LABELS[1:]])
    spec = TrainingSpec.model_validate(
        {"algorithm": "logistic_regression", "task": None, "target": "t", "features": ["x"]}
    )
    result = train(table_of(tmp_path, rows), spec, lambda _percent: None).result
    assert result.rows == 29
    assert result.notes == ["1 rows were dropped because 't' is empty."]


def test_labels_with_two_rows_each_are_enough(tmp_path: Path) -> None:
    rows = columns(x=NUMBERS[:10], t=["a"] * 8 + ["b"] * 2)
    spec = TrainingSpec.model_validate(
        {"algorithm": "auto", "task": None, "target": "t", "features": []}
    )
    result = train(table_of(tmp_path, rows), spec, lambda _percent: None).result
    assert result.candidates == []
    assert "too few rows" in result.reason
