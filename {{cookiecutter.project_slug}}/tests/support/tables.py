"""Tables for tests: the data sets of scikit-learn, and one with all column types."""

from collections.abc import Iterable
from collections.abc import Mapping
from datetime import date
from datetime import timedelta
from pathlib import Path
from typing import Any

from sklearn import datasets

from app.ai.statistical.tables import Limits
from app.ai.statistical.tables import Table
from app.ai.statistical.tables import read_csv
from app.ai.statistical.tables import write_csv

LIMITS = Limits(rows=10_000, columns=100, cells=100_000)
Rows = list[dict[str, Any]]


def real_rows(name: str) -> Rows:
    """Return ``iris``, ``wine``, ``breast_cancer`` or ``diabetes``, with a ``target`` column."""
    loaded = getattr(datasets, f"load_{name}")(as_frame=True)
    rows: Rows = loaded.frame.to_dict("records")
    if "target_names" in loaded:
        for row in rows:
            row["target"] = str(loaded.target_names[int(row["target"])])
    return rows


def mixed_rows(count: int = 120) -> Rows:
    """Return rows with dates, missing values, a rare category, and constant and unique columns.

    A high ``income`` or ``member`` makes a ``buyer``, except in every seventh row.
    """
    return [
        {
            "number": f"N{row:05}",
            "joined": (date(2023, 1, 1) + timedelta(days=3 * row)).isoformat(),
            "income": None if row % 11 == 0 else 1000 + 37 * (row * 7 % 50),
            "member": row % 3 == 0,
            "city": "Ulm" if row == 5 else ("Rome", "Oslo", "", "Kyiv")[row % 4],
            "country": "EU",
            "comment": None,
            "buyer": "yes" if (row * 7 % 50 > 25 or row % 3 == 0) != (row % 7 == 0) else "no",
        }
        for row in range(count)
    ]


def table_of(folder: Path, rows: Iterable[Mapping[str, Any]]) -> Table:
    """Write the rows to a file, and read it as a worker does."""
    path = folder / "table.csv"
    with path.open("wb") as file:
        write_csv(file, rows)
    with path.open("rb") as file:
        return read_csv(file, LIMITS)


def without(rows: Rows, *columns: str) -> Rows:
    """Return the rows without these columns."""
    return [{name: row[name] for name in row if name not in columns} for row in rows]


def columns(**values: list[Any]) -> Rows:
    """Return the rows of a table with these columns."""
    names = list(values)
    return [dict(zip(names, row, strict=True)) for row in zip(*values.values(), strict=True)]
