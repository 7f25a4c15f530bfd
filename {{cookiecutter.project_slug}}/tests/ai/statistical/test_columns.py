"""Column types, and notes about columns."""

from typing import Any

import pandas as pd
import pytest

from app.ai.statistical.columns import clean
from app.ai.statistical.columns import infer_column
from app.ai.statistical.errors import InvalidCell
from app.ai.statistical.frames import infer_schema
from app.ai.statistical.frames import to_text_frame
from app.ai.statistical.frames import validate_rows
from app.ai.statistical.tables import Table
from app.schemas.statistical.training_spec import ColumnType


def prepare(delimiter: str = ",", **cells: list[str]) -> Any:
    """Infer the schema of these columns."""
    return infer_schema(to_text_frame(Table(cells, delimiter)))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", " 2.5 ", "-3e4", ""], "number"),
        (["1", "NaN", "inf", "-inf"], "number"),
        (["2019", "2020", "2021"], "number"),
        (["yes", "No", "TRUE", "?"], "boolean"),
        (["2024-01-31", "2024-02-01T12:00:00+02:00", "n/a"], "date"),
        (["31.1.2024", "1.2.2024"], "date"),
        (["1/31/2024", "12/1/2024"], "date"),
        (["31.01.2024 12:30", "01.02.2024 00:00"], "date"),
        (["12:30", "13:00"], "category"),
        (["1,234", "5,678"], "category"),
        (["red", "blue", ""], "category"),
        (["", "NA", "null"], "empty"),
        ([f"id-{number}" for number in range(60)], "text"),
    ],
)
def test_the_type_is_that_of_most_values(texts: list[str], expected: str) -> None:
    assert infer_column(clean(pd.Series(texts, dtype=object))).type.value == expected


def test_a_few_invalid_values_count_as_missing_with_a_note() -> None:
    found = prepare(age=[*map(str, range(40)), "old"])
    assert found.columns[0].type == "number"
    assert found.columns[0].missing == 1
    assert found.notes == ["'age': 1 values are not of type number and count as missing."]


@pytest.mark.parametrize("date", ["0001-01-01", "1500-01-01", "2262-04-12", "9999-12-31T23:59:59"])
def test_dates_of_all_years_are_parsed_beside_nanoseconds(date: str) -> None:
    found = infer_column(clean(pd.Series([date, "2024-01-31T00:00:00.123456789Z"])))
    assert found.type == "date"
    assert found.present.astype(str).tolist()[0].startswith(date[:10])


def test_infinity_is_missing() -> None:
    found = prepare(a=["1", "2", "inf"])
    assert found.columns[0].missing == 1
    assert found.notes == ["'a': 1 values are beyond 1e+30 and count as missing."]


def test_commas_are_decimal_only_if_they_are_not_the_separator() -> None:
    cells = {"price": ["1,5", "2,25", ""]}
    assert prepare(";", **cells).frame["price"].tolist()[:2] == [1.5, 2.25]
    assert prepare(",", **cells).columns[0].type == "category"


def test_useless_columns_are_not_used() -> None:
    found = prepare(
        name=[f"name {number}" for number in range(60)],
        land=["EU"] * 60,
        none=[""] * 60,
        sometimes=["x", ""] * 30,
    )
    assert {column.name: column.used for column in found.columns} == {
        "name": False,
        "land": False,
        "none": False,
        "sometimes": True,
    }
    assert [note.split(":")[0] for note in found.notes] == [
        "'name' is not used",
        "'land' is not used",
        "'none' is not used",
    ]


def test_many_categories_give_a_note() -> None:
    texts = [f"town {number % 60}" for number in range(600)]
    found = prepare(town=texts)
    assert len(found.columns[0].categories) == 50
    assert "50 most common" in found.notes[0]


COLUMNS = {
    "age": ["1", "2", "3"],
    "born": ["2024-01-01", "2024-01-02", ""],
    "member": ["yes", "no", "yes"],
    "city": ["Rome", "Oslo", "Rome"],
    "land": ["EU", "EU", "EU"],
}
ROW: dict[str, Any] = {"age": 4, "born": "2025-05-05", "member": True, "city": "Ulm"}


def test_rows_are_parsed_with_the_schema() -> None:
    frame = validate_rows(
        [{**ROW, "land": "US"}, {**ROW, "age": None, "born": ""}], prepare(",", **COLUMNS).columns
    )
    assert frame["age"].tolist()[0] == 4
    assert frame.isna().sum().to_dict() == {"age": 1, "born": 1, "member": 0, "city": 0}


@pytest.mark.parametrize(
    ("change", "column", "message"),
    [
        ({"age": "old"}, "age", "must be a number"),
        ({"born": "soon"}, "born", "must be a date"),
        ({"member": 7}, "member", "must be a boolean"),
        ({"size": 1}, "size", "not trained with"),
    ],
)
def test_an_invalid_cell_is_named(change: dict[str, Any], column: str, message: str) -> None:
    with pytest.raises(InvalidCell, match=message) as error:
        validate_rows([ROW, {**ROW, **change}], prepare(",", **COLUMNS).columns)
    assert (error.value.row, error.value.column) == (1, column)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidCell, match="null") as error:
        validate_rows([{"age": 1, "born": None, "member": False}], prepare(",", **COLUMNS).columns)
    assert (error.value.row, error.value.column) == (0, "city")


def test_shown_categories_are_bounded() -> None:
    (column,) = prepare(a=[f"{number % 40}" + "ü" * 9000 for number in range(200)]).columns
    assert column.type is ColumnType.CATEGORY
    assert {len(text) for text in column.categories} == {100}
    assert 1000 < sum(len(text.encode()) for text in column.categories) <= 2000
