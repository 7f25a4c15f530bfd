"""Tables as text: finds out how a CSV file is written, and reads it without guessing at its values.

What the values mean is the business of ``frames.py``.
"""

import csv
from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.ai.statistical.reasons import Failure

DELIMITERS = ",;\t|"
DECLARATION = "sep="
SAMPLE_LINES = 20
LONGEST_NAME = 200
BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Limits:
    """How big a table may be."""

    rows: int
    columns: int


@dataclass(frozen=True)
class Table:
    """Columns of text in their order; an empty text is a missing value."""

    columns: dict[str, list[str]]
    delimiter: str = ","

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values()), []))


def read_csv(path: Path, limits: Limits) -> Table:
    """The table in a CSV file of any common encoding and separator.

    Raises:
        Failure: it is no table, a line is too long or too short, or there are too many of them.
    """
    encoding = _encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as lines:
            sample = list(islice(_no_nul(lines), SAMPLE_LINES))
            declared = _declared(sample)
            delimiter = declared or _delimiter(sample)
            lines.seek(0)
            table = islice(_no_nul(lines), 1 if declared else 0, None)
            return _read(csv.reader(table, delimiter=delimiter), delimiter, limits)
    except csv.Error as error:
        raise Failure(f"The file could not be read as CSV: {error}.") from None
    except UnicodeDecodeError:
        raise Failure("The file could not be read as text. Save it as UTF-8.") from None


def write_csv(path: Path, rows: Iterable[Mapping[str, Cell]]) -> None:
    """Write rows so that ``read_csv`` reads the same; a column that a row lacks is missing there.

    Raises:
        OSError: there is no room, or no right to write.
    """
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{DECLARATION}{DELIMITERS[0]}\n")  # the values may look like other separators
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([as_text(row.get(name)) for name in names] for row in rows)


def as_text(cell: Cell) -> str:
    """A value as it would stand in a CSV file."""
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _encoding(path: Path) -> str:
    """UTF-8 unless the file begins with another mark, or is no UTF-8: then it is of old Windows."""
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in BOMS.items():
        if start.startswith(mark):
            return encoding
    try:
        with path.open(encoding="utf-8") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _no_nul(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if "\0" in line:
            raise Failure("This is no CSV file: it holds bytes that no text has.")
        yield line


def _declared(lines: list[str]) -> str | None:
    """The separator that a first line such as ``sep=;`` tells, as spreadsheets understand it."""
    first = lines[0].rstrip("\r\n") if lines else ""
    told = first.removeprefix(DECLARATION)
    return told if told != first and told in [*DELIMITERS] else None


def _delimiter(lines: list[str]) -> str:
    """The separator that cuts the first lines into the most columns, alike in nearly all lines."""

    def fitness(delimiter: str) -> tuple[bool, float, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        width, count = max(widths.items(), key=lambda item: item[1], default=(0, 0))
        return width > 1, count / max(1, widths.total()), width

    return max(DELIMITERS, key=fitness)


def _read(reader: Iterator[list[str]], delimiter: str, limits: Limits) -> Table:
    names = _names(next((row for row in reader if any(map(str.strip, row))), []), limits)
    columns: list[list[str]] = [[] for _ in names]
    for number, row in enumerate((row for row in reader if row), 1):
        if number > limits.rows:
            raise Failure(f"There are more than {limits.rows} rows, which are allowed.")
        if len(row) != len(names):
            if not any(map(str.strip, row)):
                continue
            raise Failure(
                f"Row {number} has {len(row)} values, but there are {len(names)} columns. "
                "A value that holds the separator must stand in quotes."
            )
        for column, value in zip(columns, row, strict=True):
            column.append(value.strip())
    return Table(dict(zip(names, columns, strict=True)), delimiter)


def _names(header: list[str], limits: Limits) -> list[str]:
    names = [name.strip() for name in header]
    if not names:
        raise Failure("The table is empty.")
    if len(names) > limits.columns:
        raise Failure(f"There are {len(names)} columns; at most {limits.columns} are allowed.")
    for position, name in enumerate(names, 1):
        if not name:
            raise Failure(f"Column {position} has no name. The first line must name every column.")
        if len(name) > LONGEST_NAME:
            raise Failure(f"The name of column {position} is longer than {LONGEST_NAME}.")
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise Failure(f"The column {repeated[0]!r} is there more than once.")
    return names
