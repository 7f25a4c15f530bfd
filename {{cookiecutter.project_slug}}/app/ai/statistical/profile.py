"""Describes a table: types, gaps, how values are spread, which columns go together."""

from itertools import combinations

import numpy as np
import pandas as pd

from app.ai.statistical.columns import Values
from app.ai.statistical.columns import infer
from app.ai.statistical.frames import notes_on
from app.ai.statistical.frames import texts_of
from app.ai.statistical.tables import Table
from app.schemas.statistical.choices import ColumnType
from app.schemas.statistical.profiles import ColumnProfile
from app.schemas.statistical.profiles import Correlation
from app.schemas.statistical.profiles import NumberSummary
from app.schemas.statistical.profiles import Profile
from app.schemas.statistical.profiles import ValueCount

MOST_TOP_VALUES = 10
MOST_CORRELATIONS = 100


def describe(table: Table) -> Profile:
    """The profile of a table."""
    texts = texts_of(table)
    inferred = {str(name): infer(texts[name]) for name in texts}
    return Profile(
        rows=len(texts),
        columns=[_column(name, texts[name], found) for name, found in inferred.items()],
        correlations=_correlations(inferred),
        notes=[note for name, found in inferred.items() for note in notes_on(name, found)],
    )


def _column(name: str, texts: pd.Series, found: Values) -> ColumnProfile:
    values = found.given
    is_date = found.type is ColumnType.DATE and not values.empty
    is_number = found.type is ColumnType.NUMBER and not values.empty
    counts = texts[texts != ""].value_counts()[:MOST_TOP_VALUES]
    return ColumnProfile(
        name=name,
        type=found.type,
        missing=len(found.values) - len(values),
        distinct=int(values.nunique()),
        numbers=_numbers(values) if is_number else None,
        earliest=values.min().isoformat() if is_date else None,
        latest=values.max().isoformat() if is_date else None,
        top_values=[ValueCount(value=str(v), count=int(n)) for v, n in counts.items()],
    )


def _numbers(values: pd.Series) -> NumberSummary:
    with np.errstate(over="ignore", invalid="ignore"):  # numbers near the largest there are
        found = {
            "mean": values.mean(),
            "standard_deviation": values.std(ddof=0),
            "minimum": values.min(),
            "quantile_25": values.quantile(0.25),
            "median": values.median(),
            "quantile_75": values.quantile(0.75),
            "maximum": values.max(),
        }
    return NumberSummary(**{name: float(np.nan_to_num(value)) for name, value in found.items()})


def _correlations(inferred: dict[str, Values]) -> list[Correlation]:
    numbers = {
        name: found.values for name, found in inferred.items() if found.type is ColumnType.NUMBER
    }
    if len(numbers) < 2:
        return []
    matrix = pd.DataFrame(numbers).corr().to_numpy()
    pairs = [
        Correlation(first=first, second=second, value=float(matrix[row, column]))
        for (row, first), (column, second) in combinations(enumerate(numbers), 2)
        if np.isfinite(matrix[row, column])
    ]
    return sorted(pairs, key=lambda pair: -abs(pair.value))[:MOST_CORRELATIONS]
