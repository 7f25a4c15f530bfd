"""Why nothing can be learned, in one sentence for everybody."""

from pathlib import Path
from typing import Any

import pytest

from app.ai.statistical.reasons import Failure
from app.ai.statistical.training import train
from app.schemas.statistical.orders import TrainingOrder
from tests.support.tables import Rows
from tests.support.tables import columns
from tests.support.tables import table_of

NUMBERS = [float(number) for number in range(30)]
LABELS = ["a", "b", "c"] * 10


@pytest.mark.parametrize(
    ("rows", "asked", "told"),
    [
        (columns(x=NUMBERS, t=LABELS), {"target": "y"}, "no column 'y'. The columns are: 'x', 't'"),
        (columns(x=NUMBERS, t=LABELS), {"target": "t", "features": ["z"]}, "no column 'z'"),
        (columns(x=NUMBERS, t=[None] * 30), {"target": "t"}, "'t' is empty in every row"),
        (
            columns(x=NUMBERS, t=["a"] * 30),
            {"target": "t"},
            r"All values of 't' are the same \('a'",
        ),
        (columns(x=NUMBERS[:5], t=LABELS[:5]), {"target": "t"}, "too few rows: 5, and at least 10"),
        (columns(x=NUMBERS, t=[*LABELS[:-1], "d"]), {"target": "t"}, "'d' stands only once in 't'"),
        (
            columns(x=[*NUMBERS] * 4, t=[f"id {n // 2}" for n in range(120)]),
            {"target": "t"},
            "60 different values",
        ),
        (
            columns(x=NUMBERS, t=LABELS),
            {"target": "t", "algorithm": "ridge"},
            "'t' must hold numbers to be estimated, but one value is 'a'",
        ),
        (
            columns(x=NUMBERS, t=[5] * 30),
            {"target": "t", "algorithm": "ridge"},
            r"All values of 't' are the same \('5'\)",
        ),
        (
            columns(x=NUMBERS, t=["inf", *NUMBERS[1:]]),
            {"target": "t", "algorithm": "ridge"},
            r"between -1e\+30 and 1e\+30 to be estimated, but one value is 'inf'",
        ),
        (
            columns(x=["k"] * 30, t=LABELS),
            {"target": "t"},
            "No column is left to learn from. 'x' is not used: it is always the same",
        ),
        (columns(t=LABELS), {"target": "t"}, "No column is left to learn from"),
        (columns(x=[1, 2] * 15), {"algorithm": "kmeans"}, "too few different rows"),
        (columns(x=NUMBERS), {"algorithm": "ridge"}, "needs a target"),
    ],
)
def test_it_is_told(tmp_path: Path, rows: Rows, asked: dict[str, Any], told: str) -> None:
    values = {"algorithm": "auto", "task": None, "target": None, "features": [], **asked}
    with pytest.raises(Failure, match=told) as error:
        train(table_of(tmp_path, rows), TrainingOrder.model_validate(values), lambda _percent: None)
    assert str(error.value).endswith(".")


def test_rows_without_a_target_are_left_out_and_told(tmp_path: Path) -> None:
    rows = columns(x=NUMBERS, t=["", *LABELS[1:]])
    order = TrainingOrder.model_validate(
        {"algorithm": "logistic_regression", "task": None, "target": "t", "features": ["x"]}
    )
    result = train(table_of(tmp_path, rows), order, lambda _percent: None).result
    assert result.rows == 29
    assert result.notes == ["1 rows were left out: 't' is empty there."]


def test_labels_with_two_rows_each_are_enough(tmp_path: Path) -> None:
    rows = columns(x=NUMBERS[:10], t=["a"] * 8 + ["b"] * 2)
    order = TrainingOrder.model_validate(
        {"algorithm": "auto", "task": None, "target": "t", "features": []}
    )
    result = train(table_of(tmp_path, rows), order, lambda _percent: None).result
    assert result.candidates == []
    assert "too few rows" in result.reason
