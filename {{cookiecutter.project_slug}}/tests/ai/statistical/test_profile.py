"""The profile of a table."""

from pathlib import Path

import pytest

from app.ai.statistical.profile import describe
from tests.support.tables import columns
from tests.support.tables import mixed_rows
from tests.support.tables import table_of


def test_each_column_is_profiled(tmp_path: Path) -> None:
    profile = describe(table_of(tmp_path, mixed_rows()))
    found = {column.name: column for column in profile.columns}
    assert profile.rows == 120
    income = found["income"].numbers
    assert income is not None
    assert found["income"].missing == 11
    assert income.minimum < income.quantile_25 < income.median < income.quantile_75
    assert (found["joined"].earliest, found["joined"].latest) == (
        "2023-01-01T00:00:00",
        "2023-12-24T00:00:00",
    )
    assert [each.value for each in found["city"].top_values[-1:]] == ["Ulm"]
    assert found["comment"].distinct == 0
    assert len(profile.notes) == 3


def test_the_strongest_correlation_comes_first(tmp_path: Path) -> None:
    numbers = list(range(20))
    rows = columns(a=numbers, b=[-n for n in numbers], c=[n * 7 % 5 for n in numbers], d=[1] * 20)
    pairs = describe(table_of(tmp_path, rows)).correlations
    assert (pairs[0].first, pairs[0].second) == ("a", "b")
    assert pairs[0].value == pytest.approx(-1)
    assert [(pair.first, pair.second) for pair in pairs[1:]] == [("a", "c"), ("b", "c")]


def test_the_largest_floats_give_finite_numbers(tmp_path: Path) -> None:
    profile = describe(table_of(tmp_path, columns(a=[1e308, 1e308, -1e308], b=[1, 2, 3])))
    assert profile.columns[0].numbers is not None
    assert "NaN" not in profile.model_dump_json()


def test_long_values_are_shortened(tmp_path: Path) -> None:
    rows = [{"text": f"{number % 2}" + "x" * 9000} for number in range(100)]
    profile = describe(table_of(tmp_path, rows))
    assert len(profile.model_dump_json()) < 1000
    assert [len(each.value) for each in profile.columns[0].top_values] == [100, 100]
