"""CSV files of all kinds: separators, encodings, byte order marks, and invalid files."""

from collections.abc import Mapping
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest

from app.ai.statistical.errors import TrainingError
from app.ai.statistical.tables import Limits
from app.ai.statistical.tables import read_csv
from app.ai.statistical.tables import write_csv
from tests.support.tables import LIMITS

EXPECTED = {"name": ["Åsa", "Zoë"], "age": ["3", "4"]}


def read(content: bytes, limits: Limits = LIMITS) -> dict[str, list[str]]:
    """Return the columns of a file with this content."""
    return read_csv(BytesIO(content), limits).columns


def written(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the rows as CSV."""
    write_csv(file := BytesIO(), rows)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_and_encoding_are_detected(encoding: str, separator: str) -> None:
    text = f"name{separator}age\r\nÅsa{separator}3\r\nZoë{separator}4\r\n"
    assert read(text.encode(encoding)) == EXPECTED


def test_quotes_keep_separators_and_lines_together() -> None:
    content = b'a,b\n"1,5","two\nlines"\n\n " x ",""\n'
    with pytest.raises(TrainingError, match="Row 2 has 1 values"):
        read(content.replace(b',""', b""))
    assert read(b'a,b\n"1,5","two\nlines"\n\nx,""\n') == {
        "a": ["1,5", "x"],
        "b": ["two\nlines", ""],
    }


def test_one_column_is_a_table() -> None:
    assert read(b"age\n1\n2\n") == {"age": ["1", "2"]}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_first_line_may_declare_the_separator(separator: str) -> None:
    content = f'sep={separator}\r\na{separator}"b,;|"\r\n1{separator}2\r\n'
    assert read(content.encode()) == {"a": ["1"], "b,;|": ["2"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"a,b\n1,2\n3\n", "Row 2 has 1 values, but there are 2 columns"),
        (b"a,b\n1,2,3\n4,5\n", "Row 1 has 3 values"),
        (b"a,a\n1,2\n", "'a' is used more than once"),
        (b"a,\n1,2\n", "Column 2 has no name"),
        (b"a,b\n1,\0\n", "not a CSV file"),
        (b"PK\x03\x04\0\0", "not a CSV file"),
        (b"\xff\xfe\x00", "Save it as UTF-8"),
        (b"name\n\x81\n", "Save it as UTF-8"),
        (b"a,b\n" + b"1,2\n" * 11, "more than 10 rows"),
        (b"a,b,c,d\n1,2,3,4\n", "more than 3 columns"),
        (b"a,b,c\n" + b"1,2,3\n" * 9, "more than 25 cells"),
        (b"n" * 201 + b",b\n1,2\n", "longer than 200"),
        (b'a,b\n1,"' + b"x" * 200_000 + b'"\n', "cannot be read as CSV"),
    ],
)
def test_an_invalid_file_is_rejected(content: bytes, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        read(content, Limits(rows=10, columns=3, cells=25))


def test_written_rows_are_read_back() -> None:
    rows: list[dict[str, Any]] = [
        {"a": 1, "b": "x,y"},
        {"b": None, "c": True},
        {"a": 0.1, "c": False},
    ]
    assert read(written(rows)) == {
        "a": ["1", "", "0.1"],
        "b": ["x,y", "", ""],
        "c": ["", "true", "false"],
    }


@pytest.mark.parametrize("text", ["1|2|3", "1;2;3", "a\tb\tc"])
def test_separators_in_values_do_not_split_them(text: str) -> None:
    rows: list[dict[str, str]] = [{text: text, "d": "4"}, {"a": text}]
    for row in rows:
        assert read(written([row] * 3)) == {name: [row[name]] * 3 for name in row}
