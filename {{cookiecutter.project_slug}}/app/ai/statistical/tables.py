"""Read and write tables as CSV: detect encoding and separator, and leave all values as text.

``columns.py`` parses the values.
"""

import csv
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from typing import TYPE_CHECKING
from typing import BinaryIO
from typing import Self

from app.ai.statistical.errors import TrainingError
from app.ai.statistical.errors import too_many_cells
from app.ai.statistical.errors import too_many_columns
from app.ai.statistical.errors import too_many_rows

if TYPE_CHECKING:  # worker processes import this module, but not the settings
    from app.core.config.statistical import StatisticalSettings

DELIMITERS = ",;\t|"
SEPARATOR_PREFIX = "sep="
SAMPLE_LINES = 20
MAX_NAME_CHARACTERS = 200
BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Limits:
    """The size limits of a table."""

    rows: int
    columns: int
    cells: int

    @classmethod
    def from_settings(cls, settings: "StatisticalSettings") -> Self:
        """Return the configured limits."""
        return cls(settings.table_max_rows, settings.table_max_columns, settings.table_max_cells)

    def validate(self, rows: int, columns: int) -> None:
        """Validate the size of a table.

        Raises:
            TableTooLargeError: a limit is exceeded.
        """
        if rows > self.rows:
            raise too_many_rows(self.rows)
        if columns > self.columns:
            raise too_many_columns(self.columns)
        if rows * columns > self.cells:
            raise too_many_cells(self.cells)


@dataclass(frozen=True)
class Table:
    """Columns of text, in order; an empty text is a missing value."""

    columns: dict[str, list[str]]
    delimiter: str = ","

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(next(iter(self.columns.values()), []))


def read_csv(file: BinaryIO, limits: Limits) -> Table:
    """Read a CSV file of any common encoding and separator, and close it.

    Raises:
        TrainingError: this is not a table, a row has another length than the header, or the table
            is too large.
    """
    encoding = _detect_encoding(file)
    try:
        with TextIOWrapper(file, encoding, newline="") as lines:
            sample = list(islice(_reject_nul(lines), SAMPLE_LINES))
            declared = _declared_delimiter(sample)
            delimiter = declared or _detect_delimiter(sample)
            lines.seek(0)
            table = islice(_reject_nul(lines), 1 if declared else 0, None)
            return _read(csv.reader(table, delimiter=delimiter), delimiter, limits)
    except csv.Error as error:
        raise TrainingError(f"The file cannot be read as CSV: {error}.") from None
    except UnicodeDecodeError:
        raise TrainingError("The file cannot be decoded as text. Save it as UTF-8.") from None


def validate_size(rows: Sequence[Mapping[str, Cell]], limits: Limits) -> None:
    """Validate the size of a table with every column that any row has.

    Raises:
        TableTooLargeError: a limit is exceeded. Rows after that are not read.
    """
    names: set[str] = set()
    for row in rows:
        names.update(row)
        if len(names) > limits.columns:
            break
    limits.validate(len(rows), len(names))


def write_csv(file: BinaryIO, rows: Iterable[Mapping[str, Cell]]) -> None:
    """Write rows so that ``read_csv`` reads the same values; absent columns are missing values.

    Raises:
        OSError: the disk is full or not writable.
    """
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = TextIOWrapper(file, "utf-8", newline="")
    lines.write(f"{SEPARATOR_PREFIX}{DELIMITERS[0]}\n")  # values may contain other separators
    writer = csv.writer(lines)
    writer.writerow(names)
    writer.writerows([as_text(row.get(name)) for name in names] for row in rows)
    lines.detach()


def as_text(cell: Cell) -> str:
    """Return a value as the text in a CSV file."""
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _detect_encoding(file: BinaryIO) -> str:
    """Return the encoding of the byte order mark, else UTF-8, else that of Western Windows."""
    start = file.read(4)
    file.seek(0)
    for mark, encoding in BOMS.items():
        if start.startswith(mark):
            return encoding
    decoder = getincrementaldecoder("utf-8")()
    try:
        while content := file.read(1 << 20):
            decoder.decode(content)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8"


def _reject_nul(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if "\0" in line:
            raise TrainingError("This is not a CSV file: it contains NUL bytes.")
        yield line


def _declared_delimiter(lines: list[str]) -> str | None:
    """Return the separator of a first line such as ``sep=;``, which spreadsheets write."""
    first = lines[0].rstrip("\r\n") if lines else ""
    delimiter = first.removeprefix(SEPARATOR_PREFIX)
    return delimiter if delimiter != first and delimiter in [*DELIMITERS] else None


def _detect_delimiter(lines: list[str]) -> str:
    """Return the separator that gives most lines the same number of columns, and the most."""

    def score(delimiter: str) -> tuple[bool, float, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        width, count = max(widths.items(), key=lambda item: item[1], default=(0, 0))
        return width > 1, count / max(1, widths.total()), width

    return max(DELIMITERS, key=score)


def _read(reader: Iterator[list[str]], delimiter: str, limits: Limits) -> Table:
    names = _names(next((row for row in reader if any(map(str.strip, row))), []), limits)
    columns: list[list[str]] = [[] for _ in names]
    for number, row in enumerate((row for row in reader if row), 1):
        limits.validate(number, len(names))
        if len(row) != len(names):
            if not any(map(str.strip, row)):
                continue
            raise TrainingError(
                f"Row {number} has {len(row)} values, but there are {len(names)} columns. "
                "Quote values that contain the separator."
            )
        for column, value in zip(columns, row, strict=True):
            column.append(value.strip())
    return Table(dict(zip(names, columns, strict=True)), delimiter)


def _names(header: list[str], limits: Limits) -> list[str]:
    names = [name.strip() for name in header]
    if not names:
        raise TrainingError("The table is empty.")
    limits.validate(1, len(names))
    for position, name in enumerate(names, 1):
        if not name:
            raise TrainingError(
                f"Column {position} has no name. Name all columns in the first line."
            )
        if len(name) > MAX_NAME_CHARACTERS:
            raise TrainingError(
                f"The name of column {position} is longer than {MAX_NAME_CHARACTERS} characters."
            )
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise TrainingError(f"The column name {repeated[0]!r} is used more than once.")
    return names
