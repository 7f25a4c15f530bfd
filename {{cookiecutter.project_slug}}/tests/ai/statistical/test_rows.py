"""Rows as JSON: validation stops at the first invalid cell."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from app.kit.schemas import RequestModel
from app.schemas.statistical import tables
from app.schemas.statistical.models import PredictRows
from app.schemas.statistical.models import TrainingFromRows
from app.schemas.statistical.profiles import DescribeRows


@pytest.mark.parametrize(
    ("schema", "others"),
    [(DescribeRows, {}), (PredictRows, {}), (TrainingFromRows, {"name": "n"})],
)
@pytest.mark.parametrize(
    "rows",
    [
        [{"wrong": [], **{str(number): "right" for number in range(90_000)}}],
        [{"wrong": []}, *({"a": "right"} for _ in range(999))],
    ],
)
def test_cells_after_an_invalid_one_are_not_validated(
    monkeypatch: pytest.MonkeyPatch,
    schema: type[RequestModel],
    others: dict[str, str],
    rows: list[Any],
) -> None:
    seen = count_calls(monkeypatch)
    with pytest.raises(ValidationError) as error:
        schema.model_validate({"rows": rows, **others})
    assert error.value.error_count() == 1
    assert seen() == 0


def count_calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return a function that counts the validated texts."""
    seen: list[str] = []

    def validate(text: str) -> str:
        seen.append(text)
        return text

    monkeypatch.setattr(tables, "reject_unstorable", validate)
    return lambda: len(seen)


def test_all_valid_cells_are_validated(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = count_calls(monkeypatch)
    DescribeRows.model_validate({"rows": [{"a": "1", "b": "2"}] * 10})
    assert seen() == 20
