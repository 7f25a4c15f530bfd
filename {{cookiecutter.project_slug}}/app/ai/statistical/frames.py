"""Tables as pandas frames: types are inferred once, at training, and held to ever after."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from app.ai.statistical.columns import LARGEST
from app.ai.statistical.columns import MOST_CATEGORIES
from app.ai.statistical.columns import Values
from app.ai.statistical.columns import clean
from app.ai.statistical.columns import convert
from app.ai.statistical.columns import decimal_points
from app.ai.statistical.columns import infer
from app.ai.statistical.columns import without_extremes
from app.ai.statistical.port import WrongCell
from app.ai.statistical.tables import Cell
from app.ai.statistical.tables import Table
from app.ai.statistical.tables import as_text
from app.schemas.statistical.choices import ColumnType
from app.schemas.statistical.results import InputColumn

UNUSED = (ColumnType.EMPTY, ColumnType.TEXT)


@dataclass(frozen=True)
class Learned:
    """A frame, what its columns are, and what a person should know about them."""

    frame: pd.DataFrame
    columns: list[InputColumn]
    notes: list[str]


def texts_of(table: Table) -> pd.DataFrame:
    """The table as cleaned texts; missing values are empty."""
    texts = {name: clean(pd.Series(cells, dtype=object)) for name, cells in table.columns.items()}
    if table.delimiter == ";":  # as spreadsheets write where the comma is the decimal point
        texts = {name: decimal_points(column) for name, column in texts.items()}
    return pd.DataFrame(texts, dtype=object)


def learn(texts: pd.DataFrame) -> Learned:
    """Infer the type of each column; what nothing can be learned from is kept out of the frame."""
    inferred = {str(name): without_extremes(infer(texts[name])) for name in texts}
    columns = [_describe(name, values) for name, values in inferred.items()]
    used = {column.name: inferred[column.name].values for column in columns if column.used}
    notes = [note for name, values in inferred.items() for note in notes_on(name, values)]
    return Learned(pd.DataFrame(used), columns, notes)


def conform(rows: Sequence[Mapping[str, Cell]], columns: list[InputColumn]) -> pd.DataFrame:
    """A frame for prediction: every used column there, every value of its type.

    Raises:
        WrongCell: names the first row and column that do not fit.
    """
    used = [column for column in columns if column.used]
    _check_names(rows, {column.name for column in columns}, {column.name for column in used})
    frame = {column.name: _conform(rows, column) for column in used}
    return pd.DataFrame(frame)


def _check_names(rows: Sequence[Mapping[str, Cell]], known: set[str], used: set[str]) -> None:
    for number, row in enumerate(rows):
        for name in sorted(row.keys() - known):
            raise WrongCell(number, name, "the model did not learn from a column of this name")
        for name in sorted(used - row.keys()):
            raise WrongCell(number, name, "is missing; use null for a value that is not known")


def _conform(rows: Sequence[Mapping[str, Cell]], column: InputColumn) -> pd.Series:
    texts = clean(pd.Series([as_text(row[column.name]) for row in rows], dtype=object))
    found = convert(texts, column.type, column.date_format)
    wrong, shape = found.wrong, f" ({column.date_format})" if column.date_format else ""
    if found.type is ColumnType.NUMBER:
        wrong = (texts != "") & ~(found.values.abs() <= LARGEST)  # infinity counts as missing
        shape = f" between {-LARGEST:.0e} and {LARGEST:.0e}"
    if wrong.any():
        number = int(wrong.to_numpy().argmax())
        raise WrongCell(number, column.name, f"must be a {column.type.value}{shape}")
    return found.values


def _describe(name: str, found: Values) -> InputColumn:
    values, missing = found.given, len(found.values) - len(found.given)
    is_number = found.type is ColumnType.NUMBER and not values.empty
    is_category = found.type is ColumnType.CATEGORY
    constant = values.nunique() < (1 if missing else 2)
    return InputColumn(
        name=name,
        type=found.type,
        used=found.type not in UNUSED and not constant,
        missing=missing,
        minimum=float(values.min()) if is_number else None,
        maximum=float(values.max()) if is_number else None,
        categories=_most_common(values) if is_category else [],
        date_format=found.date_format,
    )


def _most_common(values: pd.Series) -> list[str]:
    return [str(value) for value in values.value_counts().index[:MOST_CATEGORIES]]


def notes_on(name: str, found: Values) -> list[str]:
    """What a person should know about a column, in sentences."""
    values = found.given
    if values.empty:
        why = f"its numbers are beyond {LARGEST:.0e}" if found.extreme else "it is empty"
        return [f"{name!r} is not used: {why}."]
    if found.type is ColumnType.TEXT:
        return [f"{name!r} is not used: its values differ in nearly every row, as names do."]
    notes = []
    if values.nunique() <= 1 and len(values) == len(found.values):
        notes.append(f"{name!r} is not used: it is always the same.")
    if count := int(found.wrong.sum()):
        notes.append(f"{name!r}: {count} values are no {found.type.value} and count as missing.")
    if found.extreme:
        notes.append(
            f"{name!r}: {found.extreme} values are beyond {LARGEST:.0e} and count as missing."
        )
    if found.type is ColumnType.CATEGORY and values.nunique() > MOST_CATEGORIES:
        notes.append(
            f"{name!r} has many values: those beyond the {MOST_CATEGORIES} most common "
            "count as one."
        )
    return notes
