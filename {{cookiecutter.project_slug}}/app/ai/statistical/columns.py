"""Infer the types of text columns, and parse texts into values of these types."""

from dataclasses import dataclass
from dataclasses import replace

import numpy as np
import pandas as pd

from app.schemas.statistical.training_spec import ColumnType

MISSING_VALUES = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none", "?"})
"""Texts that mean a missing value; case is ignored."""

BOOLEANS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}

ISO = "ISO8601"
DATE_FORMATS = (ISO, "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y")
MIN_DATE_LENGTH = len("1.1.2000")
MIN_VALID_SHARE = 0.95
"""A column has a type if at least this share of its values does; the others count as missing."""

MAX_CATEGORIES = 50
MAX_SHOWN_CHARACTERS = 100
MAX_ABSOLUTE_VALUE = 1e30
"""Larger numbers overflow in scores and in sums of squares."""

NANOSECONDS = r"(\.\d{6})\d+"
DECIMAL_COMMA = r"[+-]?\d+(,\d+)?"


@dataclass(frozen=True)
class ParsedColumn:
    """The values of a column; missing ones are NaN, NaT or an empty text.

    ``invalid`` marks texts that are not of this type, ``out_of_range`` counts numbers that were
    replaced by missing values.
    """

    type: ColumnType
    values: pd.Series
    invalid: pd.Series
    date_format: str | None = None
    out_of_range: int = 0

    @property
    def present(self) -> pd.Series:
        """Return the values that are not missing."""
        return self.values[~(self.values.isna() | (self.values == ""))]


def shorten(text: str) -> str:
    """Truncate a text for results and profiles: a value may be as long as a file."""
    return text if len(text) <= MAX_SHOWN_CHARACTERS else f"{text[: MAX_SHOWN_CHARACTERS - 1]}…"


def clean(texts: pd.Series) -> "pd.Series":
    """Strip the texts, and replace those that mean a missing value by empty texts."""
    texts = texts.astype(object).str.strip()
    return texts.mask(texts.str.lower().isin(MISSING_VALUES), "")


def replace_decimal_commas(texts: pd.Series) -> "pd.Series":
    """Replace decimal commas by points if all texts of the column are such numbers."""
    present = texts[texts != ""]
    if len(present) and present.str.fullmatch(DECIMAL_COMMA).all():
        return texts.str.replace(",", ".", regex=False)
    return texts


def infer_column(texts: pd.Series) -> ParsedColumn:
    """Parse a cleaned column as the first type that nearly all of its values have."""
    present = int((texts != "").sum())
    if present == 0:
        return parse_column(texts, ColumnType.EMPTY)
    for candidate in (ColumnType.BOOLEAN, ColumnType.NUMBER):
        parsed = parse_column(texts, candidate)
        if parsed.invalid.sum() <= (1 - MIN_VALID_SHARE) * present:
            return parsed
    for date_format in DATE_FORMATS:
        parsed = parse_column(texts, ColumnType.DATE, date_format)
        if parsed.invalid.sum() <= (1 - MIN_VALID_SHARE) * present:
            return parsed
    distinct = texts[texts != ""].nunique()
    is_text = distinct > MAX_CATEGORIES and distinct > present / 2
    return parse_column(texts, ColumnType.TEXT if is_text else ColumnType.CATEGORY)


def parse_column(
    texts: pd.Series, column_type: ColumnType, date_format: str | None = None
) -> ParsedColumn:
    """Parse a cleaned column as this type."""
    empty = texts == ""
    if column_type is ColumnType.BOOLEAN:
        values = texts.str.lower().map(BOOLEANS).astype(float)
        return ParsedColumn(column_type, values, values.isna() & ~empty)
    if column_type is ColumnType.NUMBER:
        numbers = pd.to_numeric(texts.mask(empty, None), errors="coerce").astype(float)
        infinite = numbers.isin([np.inf, -np.inf])
        invalid = numbers.isna() & ~empty
        values = numbers.mask(infinite)
        return ParsedColumn(column_type, values, invalid, out_of_range=int(infinite.sum()))
    if column_type is ColumnType.DATE:
        dates = _parse_dates(texts, date_format or ISO)
        return ParsedColumn(column_type, dates, dates.isna() & ~empty, date_format or ISO)
    return ParsedColumn(column_type, texts, empty & False)


def mask_out_of_range(column: ParsedColumn) -> ParsedColumn:
    """Replace numbers beyond ``MAX_ABSOLUTE_VALUE`` by missing values."""
    if column.type is not ColumnType.NUMBER:
        return column
    too_large = column.values.abs() > MAX_ABSOLUTE_VALUE
    count = column.out_of_range + int(too_large.sum())
    return replace(column, values=column.values.mask(too_large), out_of_range=count)


def _parse_dates(texts: pd.Series, date_format: str) -> "pd.Series":
    long_enough = texts.where(texts.str.len() >= MIN_DATE_LENGTH)  # "2024", "12:30" are not dates
    # one text with nanoseconds would give the whole column that unit, whose range ends in 2262
    in_microseconds = long_enough.str.replace(NANOSECONDS, r"\1", regex=True)
    dates = pd.to_datetime(in_microseconds, format=date_format, errors="coerce", utc=True)
    return dates.dt.tz_localize(None).astype("datetime64[us]")
