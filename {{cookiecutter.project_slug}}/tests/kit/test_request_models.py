"""Bodies with very many errors: none of them is worth half a second."""

from typing import Any

import pytest
from pydantic import Field
from pydantic import TypeAdapter
from pydantic import ValidationError

from app.kit.exceptions import InvalidInput
from app.kit.schemas import MAX_ERRORS
from app.kit.schemas import RequestModel
from app.kit.schemas import UtcMoment


class Row(RequestModel):
    """A part of a body."""

    number: int


class Body(RequestModel):
    """A body."""

    numbers: list[int] = Field(default_factory=list)
    rows: list[Row] = Field(default_factory=list)
    named_rows: dict[str, Row] = Field(default_factory=dict)


def errors_of(body: dict[str, Any]) -> list[tuple[tuple[int | str, ...], str]]:
    """Return where each error is, and its code."""
    with pytest.raises(ValidationError) as caught:
        Body.model_validate(body)
    return [(error["loc"], error["type"]) for error in caught.value.errors()]


def unknown(count: int) -> dict[str, int]:
    """Return ``count`` fields that no model knows."""
    return dict.fromkeys((f"field{number}" for number in range(count)), 1)


@pytest.mark.parametrize(
    "body",
    [
        unknown(50_000),
        {"numbers": ["wrong"] * 50_000},
        {"rows": [{}] * 50_000},
        {"rows": [unknown(90)] * 2},
        {"rows": [{"number": 1}, unknown(50_000)]},
        {"named_rows": {"x" * 1_000_000: unknown(50_000)}},
    ],
)
def test_too_many_errors_are_one(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Body.model_validate(body)
    assert (caught.value.field, caught.value.code) == ("body", "too_many_errors")


def test_each_of_a_few_errors_is_listed() -> None:
    assert errors_of({"rows": [{"number": "wrong"}], "colour": "red"}) == [
        (("rows", 0, "number"), "int_parsing"),
        (("colour",), "extra_forbidden"),
    ]
    assert len(errors_of(unknown(MAX_ERRORS))) == MAX_ERRORS


def test_what_is_valid_is_unchanged() -> None:
    body = Body.model_validate({"rows": [{"number": 1}]})
    assert body.rows == [Row(number=1)]
    assert body.model_fields_set == {"rows"}


def test_a_time_is_taken_to_utc() -> None:
    moments = TypeAdapter(UtcMoment)
    moment = moments.validate_json('"2030-01-31T12:00:00+05:00"')
    assert moments.dump_json(moment) == b'"2030-01-31T07:00:00Z"'
    for refused in ("2030-01-31T12:00:00", "0001-01-01T00:00:00+05:00"):
        with pytest.raises(ValidationError):
            moments.validate_python(refused)
