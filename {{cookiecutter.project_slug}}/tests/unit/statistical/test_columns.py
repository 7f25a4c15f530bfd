"""What columns are taken for, and what is told of it."""

from typing import Any

import pandas as pd
import pytest

from app.ai.statistical.columns import clean
from app.ai.statistical.columns import infer
from app.ai.statistical.frames import conform
from app.ai.statistical.frames import learn
from app.ai.statistical.frames import texts_of
from app.ai.statistical.port import WrongCell
from app.ai.statistical.tables import Table


def learned(delimiter: str = ",", **cells: list[str]) -> Any:
    """What is learned of these columns."""
    return learn(texts_of(Table(cells, delimiter)))


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
def test_the_type_is_what_most_values_are(texts: list[str], expected: str) -> None:
    assert infer(clean(pd.Series(texts, dtype=object))).type.value == expected


def test_a_few_wrong_values_count_as_missing_and_are_told() -> None:
    found = learned(age=[*map(str, range(40)), "old"])
    assert found.columns[0].type == "number"
    assert found.columns[0].missing == 1
    assert found.notes == ["'age': 1 values are no number and count as missing."]


@pytest.mark.parametrize("date", ["0001-01-01", "1500-01-01", "2262-04-12", "9999-12-31T23:59:59"])
def test_dates_of_every_year_stand_beside_nanoseconds(date: str) -> None:
    found = infer(clean(pd.Series([date, "2024-01-31T00:00:00.123456789Z"])))
    assert found.type == "date"
    assert found.given.astype(str).tolist()[0].startswith(date[:10])


def test_infinity_is_missing() -> None:
    found = learned(a=["1", "2", "inf"])
    assert found.columns[0].missing == 1
    assert found.notes == ["'a': 1 values are beyond 1e+30 and count as missing."]


def test_a_comma_is_decimal_only_where_it_separates_nothing() -> None:
    cells = {"price": ["1,5", "2,25", ""]}
    assert learned(";", **cells).frame["price"].tolist()[:2] == [1.5, 2.25]
    assert learned(",", **cells).columns[0].type == "category"


def test_what_nothing_can_be_learned_from_is_not_used() -> None:
    found = learned(
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


def test_many_categories_are_told() -> None:
    texts = [f"town {number % 60}" for number in range(600)]
    found = learned(town=texts)
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


def test_rows_are_read_as_they_were_learned() -> None:
    frame = conform(
        [{**ROW, "land": "US"}, {**ROW, "age": None, "born": ""}], learned(",", **COLUMNS).columns
    )
    assert frame["age"].tolist()[0] == 4
    assert frame.isna().sum().to_dict() == {"age": 1, "born": 1, "member": 0, "city": 0}


@pytest.mark.parametrize(
    ("change", "column", "told"),
    [
        ({"age": "old"}, "age", "must be a number"),
        ({"born": "soon"}, "born", "must be a date"),
        ({"member": 7}, "member", "must be a boolean"),
        ({"size": 1}, "size", "did not learn from"),
    ],
)
def test_a_wrong_cell_is_named(change: dict[str, Any], column: str, told: str) -> None:
    with pytest.raises(WrongCell, match=told) as error:
        conform([ROW, {**ROW, **change}], learned(",", **COLUMNS).columns)
    assert (error.value.row, error.value.column) == (1, column)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(WrongCell, match="null") as error:
        conform([{"age": 1, "born": None, "member": False}], learned(",", **COLUMNS).columns)
    assert (error.value.row, error.value.column) == (0, "city")
