"""What the texts of a column mean: infers its type, and turns texts into values of that type."""

from dataclasses import dataclass
from dataclasses import replace

import numpy as np
import pandas as pd

from app.schemas.statistical.choices import ColumnType

MISSING = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none", "?"})
"""Texts, in any case, that stand for a missing value."""

WORDS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}

ISO = "ISO8601"
DATE_FORMATS = (ISO, "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y")
SHORTEST_DATE = len("1.1.2000")
MOSTLY = 0.95
"""A column has a type when so many of its values do; the rest counts as missing, and is told."""

MOST_CATEGORIES = 50
LARGEST = 1e30
"""Numbers beyond it cannot be learned from: what is computed with them would be infinite."""

NANOSECONDS = r"(\.\d{6})\d+"
DECIMAL_COMMA = r"[+-]?\d+(,\d+)?"


@dataclass(frozen=True)
class Values:
    """The values of a column, missing ones as NaN, NaT or an empty text.

    ``wrong`` tells which texts were none of this type, ``extreme`` how many numbers were left out.
    """

    type: ColumnType
    values: pd.Series
    wrong: pd.Series
    date_format: str | None = None
    extreme: int = 0

    @property
    def given(self) -> pd.Series:
        """The values that are not missing."""
        return self.values[~(self.values.isna() | (self.values == ""))]


def clean(texts: pd.Series) -> "pd.Series":
    """The texts without blanks at their ends; whatever stands for a missing value is empty."""
    texts = texts.astype(object).str.strip()
    return texts.mask(texts.str.lower().isin(MISSING), "")


def decimal_points(texts: pd.Series) -> "pd.Series":
    """The texts with points for commas, when all of them are numbers written with commas."""
    given = texts[texts != ""]
    if len(given) and given.str.fullmatch(DECIMAL_COMMA).all():
        return texts.str.replace(",", ".", regex=False)
    return texts


def infer(texts: pd.Series) -> Values:
    """The values of a cleaned column, as what most of them are."""
    given = int((texts != "").sum())
    if given == 0:
        return convert(texts, ColumnType.EMPTY)
    for attempt in (ColumnType.BOOLEAN, ColumnType.NUMBER):
        found = convert(texts, attempt)
        if found.wrong.sum() <= (1 - MOSTLY) * given:
            return found
    for date_format in DATE_FORMATS:
        found = convert(texts, ColumnType.DATE, date_format)
        if found.wrong.sum() <= (1 - MOSTLY) * given:
            return found
    distinct = texts[texts != ""].nunique()
    differs = distinct > MOST_CATEGORIES and distinct > given / 2
    return convert(texts, ColumnType.TEXT if differs else ColumnType.CATEGORY)


def convert(texts: pd.Series, wanted: ColumnType, date_format: str | None = None) -> Values:
    """The values of a cleaned column as ``wanted``; what is none of that type is marked wrong."""
    empty = texts == ""
    if wanted is ColumnType.BOOLEAN:
        values = texts.str.lower().map(WORDS).astype(float)
        return Values(wanted, values, values.isna() & ~empty)
    if wanted is ColumnType.NUMBER:
        numbers = pd.to_numeric(texts.mask(empty, None), errors="coerce").astype(float)
        infinite = numbers.isin([np.inf, -np.inf])
        wrong = numbers.isna() & ~empty
        return Values(wanted, numbers.mask(infinite), wrong, extreme=int(infinite.sum()))
    if wanted is ColumnType.DATE:
        dates = _dates(texts, date_format or ISO)
        return Values(wanted, dates, dates.isna() & ~empty, date_format or ISO)
    return Values(wanted, texts, empty & False)


def without_extremes(found: Values) -> Values:
    """The same; numbers beyond the largest that can be learned from count as missing."""
    if found.type is not ColumnType.NUMBER:
        return found
    extreme = found.values.abs() > LARGEST
    count = found.extreme + int(extreme.sum())
    return replace(found, values=found.values.mask(extreme), extreme=count)


def _dates(texts: pd.Series, date_format: str) -> "pd.Series":
    long_enough = texts.where(texts.str.len() >= SHORTEST_DATE)  # 2024 and 12:30 are no dates
    # one text with nanoseconds would make all of them count so, which ends in 2262
    in_microseconds = long_enough.str.replace(NANOSECONDS, r"\1", regex=True)
    dates = pd.to_datetime(in_microseconds, format=date_format, errors="coerce", utc=True)
    return dates.dt.tz_localize(None).astype("datetime64[us]")
