"""Convert tables to data frames: training infers the column types, prediction validates them."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import pandas as pd

from app.ai.statistical.columns import MAX_ABSOLUTE_VALUE
from app.ai.statistical.columns import MAX_CATEGORIES
from app.ai.statistical.columns import ParsedColumn
from app.ai.statistical.columns import clean
from app.ai.statistical.columns import infer_column
from app.ai.statistical.columns import mask_out_of_range
from app.ai.statistical.columns import parse_column
from app.ai.statistical.columns import replace_decimal_commas
from app.ai.statistical.columns import shorten
from app.ai.statistical.errors import InvalidCell
from app.ai.statistical.tables import Cell
from app.ai.statistical.tables import Table
from app.ai.statistical.tables import as_text
from app.schemas.statistical.results import InputColumn
from app.schemas.statistical.training_spec import ColumnType

MAX_CATEGORY_BYTES = 2000
"""Per column: a result lists all columns, and must fit into one database field."""

UNUSED = (ColumnType.EMPTY, ColumnType.TEXT)


@dataclass(frozen=True)
class PreparedData:
    """The features to fit, the schema of all columns, and notes about them."""

    frame: pd.DataFrame
    columns: list[InputColumn]
    notes: list[str]


def to_text_frame(table: Table) -> pd.DataFrame:
    """Return the table as cleaned texts; missing values are empty."""
    texts = {name: clean(pd.Series(cells, dtype=object)) for name, cells in table.columns.items()}
    if table.delimiter == ";":  # spreadsheets write it where the comma is the decimal separator
        texts = {name: replace_decimal_commas(column) for name, column in texts.items()}
    return pd.DataFrame(texts, dtype=object)


def infer_schema(texts: pd.DataFrame) -> PreparedData:
    """Infer the type of each column, and leave unusable columns out of the frame."""
    parsed = {str(name): mask_out_of_range(infer_column(texts[name])) for name in texts}
    columns = [_to_input_column(name, column) for name, column in parsed.items()]
    used = {column.name: parsed[column.name].values for column in columns if column.used}
    notes = [note for name, column in parsed.items() for note in column_notes(name, column)]
    return PreparedData(pd.DataFrame(used), columns, notes)


def validate_rows(rows: Sequence[Mapping[str, Cell]], columns: list[InputColumn]) -> pd.DataFrame:
    """Return a frame for prediction, with every used column and values of its type.

    Raises:
        InvalidCell: a cell does not match; names the first such row and column.
    """
    used = [column for column in columns if column.used]
    _validate_names(rows, {column.name for column in columns}, {column.name for column in used})
    return pd.DataFrame({column.name: _validate_column(rows, column) for column in used})


def _validate_names(rows: Sequence[Mapping[str, Cell]], known: set[str], used: set[str]) -> None:
    for number, row in enumerate(rows):
        for name in sorted(row.keys() - known):
            raise InvalidCell(number, name, "the model was not trained with this column")
        for name in sorted(used - row.keys()):
            raise InvalidCell(number, name, "is missing; use null for an unknown value")


def _validate_column(rows: Sequence[Mapping[str, Cell]], column: InputColumn) -> pd.Series:
    texts = clean(pd.Series([as_text(row[column.name]) for row in rows], dtype=object))
    parsed = parse_column(texts, column.type, column.date_format)
    invalid, hint = parsed.invalid, f" ({column.date_format})" if column.date_format else ""
    if parsed.type is ColumnType.NUMBER:
        invalid = (texts != "") & ~(parsed.values.abs() <= MAX_ABSOLUTE_VALUE)  # NaN if infinite
        hint = f" between {-MAX_ABSOLUTE_VALUE:.0e} and {MAX_ABSOLUTE_VALUE:.0e}"
    if invalid.any():
        number = int(invalid.to_numpy().argmax())
        raise InvalidCell(number, column.name, f"must be a {column.type.value}{hint}")
    return parsed.values


def _to_input_column(name: str, column: ParsedColumn) -> InputColumn:
    values, missing = column.present, len(column.values) - len(column.present)
    is_number = column.type is ColumnType.NUMBER and not values.empty
    is_category = column.type is ColumnType.CATEGORY
    is_constant = values.nunique() < (1 if missing else 2)
    return InputColumn(
        name=name,
        type=column.type,
        used=column.type not in UNUSED and not is_constant,
        missing=missing,
        minimum=float(values.min()) if is_number else None,
        maximum=float(values.max()) if is_number else None,
        categories=_most_common(values) if is_category else [],
        date_format=column.date_format,
    )


def _most_common(values: pd.Series) -> list[str]:
    shown = [shorten(str(value)) for value in values.value_counts().index[:MAX_CATEGORIES]]
    ends = accumulate(len(text.encode()) for text in shown)
    return [text for text, end in zip(shown, ends, strict=True) if end <= MAX_CATEGORY_BYTES]


def column_notes(name: str, column: ParsedColumn) -> list[str]:
    """Return sentences about what is unusual in a column."""
    values = column.present
    if values.empty:
        has_numbers = column.out_of_range > 0
        why = f"its numbers are beyond {MAX_ABSOLUTE_VALUE:.0e}" if has_numbers else "it is empty"
        return [f"{name!r} is not used: {why}."]
    if column.type is ColumnType.TEXT:
        return [f"{name!r} is not used: nearly every row has a different text."]
    notes = []
    if values.nunique() <= 1 and len(values) == len(column.values):
        notes.append(f"{name!r} is not used: all values are the same.")
    if count := int(column.invalid.sum()):
        notes.append(
            f"{name!r}: {count} values are not of type {column.type.value} and count as missing."
        )
    if column.out_of_range:
        notes.append(
            f"{name!r}: {column.out_of_range} values are beyond {MAX_ABSOLUTE_VALUE:.0e} "
            "and count as missing."
        )
    if column.type is ColumnType.CATEGORY and values.nunique() > MAX_CATEGORIES:
        notes.append(
            f"{name!r} has many values: all but the {MAX_CATEGORIES} most common "
            "are combined into one category."
        )
    return notes
