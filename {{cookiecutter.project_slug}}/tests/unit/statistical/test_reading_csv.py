"""Files as people have them: separators, encodings, marks, and what is no table."""

from pathlib import Path

import pytest

from app.ai.statistical.reasons import Failure
from app.ai.statistical.tables import Limits
from app.ai.statistical.tables import read_csv
from app.ai.statistical.tables import write_csv
from tests.support.tables import LIMITS

EXPECTED = {"name": ["Åsa", "Zoë"], "age": ["3", "4"]}


def read(folder: Path, content: bytes, limits: Limits = LIMITS) -> dict[str, list[str]]:
    """The columns of a file with this content."""
    path = folder / "file.csv"
    path.write_bytes(content)
    return read_csv(path, limits).columns


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_and_encoding_are_found(tmp_path: Path, encoding: str, separator: str) -> None:
    text = f"name{separator}age\r\nÅsa{separator}3\r\nZoë{separator}4\r\n"
    assert read(tmp_path, text.encode(encoding)) == EXPECTED


def test_quotes_keep_separators_and_lines_together(tmp_path: Path) -> None:
    content = b'a,b\n"1,5","two\nlines"\n\n " x ",""\n'
    with pytest.raises(Failure, match="Row 2 has 1 values"):
        read(tmp_path, content.replace(b',""', b""))
    assert read(tmp_path, b'a,b\n"1,5","two\nlines"\n\nx,""\n') == {
        "a": ["1,5", "x"],
        "b": ["two\nlines", ""],
    }


def test_one_column_is_a_table(tmp_path: Path) -> None:
    assert read(tmp_path, b"age\n1\n2\n") == {"age": ["1", "2"]}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_first_line_may_tell_the_separator(tmp_path: Path, separator: str) -> None:
    content = f'sep={separator}\r\na{separator}"b,;|"\r\n1{separator}2\r\n'
    assert read(tmp_path, content.encode()) == {"a": ["1"], "b,;|": ["2"]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"a,b\n1,2\n3\n", "Row 2 has 1 values, but there are 2 columns"),
        (b"a,b\n1,2,3\n4,5\n", "Row 1 has 3 values"),
        (b"a,a\n1,2\n", "'a' is there more than once"),
        (b"a,\n1,2\n", "Column 2 has no name"),
        (b"a,b\n1,\0\n", "no CSV"),
        (b"PK\x03\x04\0\0", "no CSV"),
        (b"\xff\xfe\x00", "Save it as UTF-8"),
        (b"name\n\x81\n", "Save it as UTF-8"),
        (b"a,b\n" + b"1,2\n" * 11, "more than 10 rows"),
        (b"a,b,c,d\n1,2,3,4\n", "4 columns; at most 3"),
        (b"n" * 201 + b",b\n1,2\n", "longer than 200"),
        (b'a,b\n1,"' + b"x" * 200_000 + b'"\n', "could not be read as CSV"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(Failure, match=told):
        read(tmp_path, content, Limits(rows=10, columns=3))


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write_csv(path, [{"a": 1, "b": "x,y"}, {"b": None, "c": True}, {"a": 0.1, "c": False}])
    assert read_csv(path, LIMITS).columns == {
        "a": ["1", "", "0.1"],
        "b": ["x,y", "", ""],
        "c": ["", "true", "false"],
    }


@pytest.mark.parametrize("text", ["1|2|3", "1;2;3", "a\tb\tc"])
def test_separators_in_values_are_no_separators(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.csv"
    for row in ({text: text, "d": "4"}, {"a": text}):
        write_csv(path, [row] * 3)
        assert read_csv(path, LIMITS).columns == {name: [row[name]] * 3 for name in row}
