"""Profile a table: column types, missing values, distributions, correlations."""

from itertools import combinations

import numpy as np
import pandas as pd

from app.ai.statistical.columns import ParsedColumn
from app.ai.statistical.columns import infer_column
from app.ai.statistical.columns import shorten
from app.ai.statistical.frames import column_notes
from app.ai.statistical.frames import to_text_frame
from app.ai.statistical.tables import Table
from app.schemas.statistical.profiles import ColumnProfile
from app.schemas.statistical.profiles import Correlation
from app.schemas.statistical.profiles import NumberSummary
from app.schemas.statistical.profiles import Profile
from app.schemas.statistical.profiles import ValueCount
from app.schemas.statistical.training_spec import ColumnType

MAX_TOP_VALUES = 10
MAX_CORRELATIONS = 100


def describe(table: Table) -> Profile:
    """Return the profile of a table."""
    texts = to_text_frame(table)
    parsed = {str(name): infer_column(texts[name]) for name in texts}
    return Profile(
        rows=len(texts),
        columns=[_describe_column(name, texts[name], column) for name, column in parsed.items()],
        correlations=_correlations(parsed),
        notes=[note for name, column in parsed.items() for note in column_notes(name, column)],
    )


def _describe_column(name: str, texts: pd.Series, column: ParsedColumn) -> ColumnProfile:
    values = column.present
    is_date = column.type is ColumnType.DATE and not values.empty
    is_number = column.type is ColumnType.NUMBER and not values.empty
    counts = texts[texts != ""].value_counts()[:MAX_TOP_VALUES]
    return ColumnProfile(
        name=name,
        type=column.type,
        missing=len(column.values) - len(values),
        distinct=int(values.nunique()),
        numbers=_summarize(values) if is_number else None,
        earliest=values.min().isoformat() if is_date else None,
        latest=values.max().isoformat() if is_date else None,
        top_values=[ValueCount(value=shorten(str(v)), count=int(n)) for v, n in counts.items()],
    )


def _summarize(values: pd.Series) -> NumberSummary:
    with np.errstate(over="ignore", invalid="ignore"):  # sums of the largest floats overflow
        summary = {
            "mean": values.mean(),
            "standard_deviation": values.std(ddof=0),
            "minimum": values.min(),
            "quantile_25": values.quantile(0.25),
            "median": values.median(),
            "quantile_75": values.quantile(0.75),
            "maximum": values.max(),
        }
    return NumberSummary(**{name: float(np.nan_to_num(value)) for name, value in summary.items()})


def _correlations(parsed: dict[str, ParsedColumn]) -> list[Correlation]:
    numbers = {
        name: column.values for name, column in parsed.items() if column.type is ColumnType.NUMBER
    }
    if len(numbers) < 2:
        return []
    matrix = pd.DataFrame(numbers).corr().to_numpy()
    pairs = [
        Correlation(first=first, second=second, value=float(matrix[row, column]))
        for (row, first), (column, second) in combinations(enumerate(numbers), 2)
        if np.isfinite(matrix[row, column])
    ]
    return sorted(pairs, key=lambda pair: -abs(pair.value))[:MAX_CORRELATIONS]
