"""Tables for tests: scikit-learn's own data sets, and one with all that real tables have."""

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

LIMITS = Limits(rows=10_000, columns=100)
Rows = list[dict[str, Any]]


def real_rows(name: str) -> Rows:
    """The rows of ``iris``, ``wine``, ``breast_cancer`` or ``diabetes``, with a ``target``."""
    loaded = getattr(datasets, f"load_{name}")(as_frame=True)
    rows: Rows = loaded.frame.to_dict("records")
    if "target_names" in loaded:
        for row in rows:
            row["target"] = str(loaded.target_names[int(row["target"])])
    return rows


def mixed_rows(count: int = 120) -> Rows:
    """Dates, gaps, a rare category, an empty and a constant column, yes and no, an identifier.

    Who has a high ``income`` or is a ``member`` is a ``buyer``, but for every seventh.
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
    """These rows, written to a file and read back as a worker does."""
    path = folder / "table.csv"
    write_csv(path, rows)
    return read_csv(path, LIMITS)


def without(rows: Rows, *columns: str) -> Rows:
    """The same rows without these columns."""
    return [{name: row[name] for name in row if name not in columns} for row in rows]


def columns(**values: list[Any]) -> Rows:
    """Rows of which the columns are given."""
    names = list(values)
    return [dict(zip(names, row, strict=True)) for row in zip(*values.values(), strict=True)]
