"""Files of settings that cannot be read as they are meant: the message names file and line."""

from pathlib import Path

import pytest

from app.core.config import load_settings
from app.kit.exceptions import StartupError


def refusal() -> str:
    """What is said instead of starting."""
    with pytest.raises(StartupError) as error:
        load_settings()
    return str(error.value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("LOG_LEVEL=info\n".encode("utf-16"), 1),
        (b"LOG_LEVEL=info\n" + "DEBUG=false\n".encode("utf-16-le"), 2),
        ("# German\n# für uns\n".encode("latin-1"), 2),
    ],
)
def test_a_dotenv_that_is_no_utf8_is_named(dotenv: Path, content: bytes, line: int) -> None:
    dotenv.write_bytes(content)
    assert f"{dotenv}, line {line} is not valid UTF-8; save the file as UTF-8" in refusal()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LOG_LEVEL: DEBUG", "line 1: write it like LOG_LEVEL=value"),
        ("LOG_LEVEL:DEBUG", "line 1: write it like LOG_LEVEL=value"),
        ("DEBUG=false\n\n \nDOCS_ENABLED false\n", "line 4: write it like DOCS_ENABLED=value"),
        ("DEBUG=false\r\n\r\nDOCS_ENABLED\r\n", "line 3: write it like DOCS_ENABLED=value"),
        ("export log_level debug", "line 1: write it like log_level=value"),
        ("- hunter2", "line 1: write it like NAME=value"),
        ('MAX_BODY_BYTES="5000\nDEBUG=false', "line 1: close the quotes of MAX_BODY_BYTES"),
        ("LOG_LEVEL='info' or so", "line 1: close the quotes of LOG_LEVEL, and write nothing"),
    ],
)
def test_a_line_that_would_be_ignored_is_reported(dotenv: Path, text: str, expected: str) -> None:
    dotenv.write_bytes(text.encode())
    message = refusal()
    assert message.startswith(f"{dotenv} has invalid lines:\n  {expected}")
    assert message.count("\n") == 1


def test_every_such_line_is_reported_and_none_is_shown(dotenv: Path) -> None:
    dotenv.write_text("DATABASE_PASSWORD hunter2\nhunter3\nDEBUG=false\n", encoding="utf-8")
    message = refusal()
    assert "line 1: write it like DATABASE_PASSWORD=value" in message
    assert "line 2: write it like NAME=value" in message
    assert "hunter" not in message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_whatever_dotenv_allows_is_read(dotenv: Path, encoding: str) -> None:
    lines = ["# für uns", "", "export LOG_LEVEL=error # but not", "'LOG_FORMAT' = \"json\""]
    dotenv.write_text("\n".join(lines), encoding=encoding)
    settings = load_settings()
    assert (settings.log_level, settings.log_format) == ("ERROR", "json")


def test_a_quoted_value_can_have_several_lines(dotenv: Path) -> None:
    dotenv.write_text('CORS_ORIGINS="[\n]"\nLOG_LEVEL=error\n', encoding="utf-8")
    assert load_settings().log_level == "ERROR"


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``config/testing.toml`` of the test's own."""
    monkeypatch.setattr("app.kit.config.base.ROOT", tmp_path)
    path = tmp_path / "config" / "testing.toml"
    path.parent.mkdir()
    return path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"log_level = 'info'\ndebug = no\n", " is not valid TOML: "),
        (b"log_level = 'info'\ndebug = no\n", "line 2"),
        (b"# f\xfcr uns\n", ", line 1 is not valid UTF-8"),
    ],
)
def test_a_wrong_toml_is_named(toml: Path, content: bytes, expected: str) -> None:
    toml.write_bytes(content)
    message = refusal()
    assert message.startswith(str(toml))
    assert expected in message


def test_a_toml_need_not_be_there(toml: Path) -> None:
    assert not toml.exists()
    assert load_settings().log_level == "INFO"


def test_notepad_may_put_its_mark_into_a_toml(toml: Path) -> None:
    toml.write_text("log_level = 'error'\n", encoding="utf-8-sig")
    assert load_settings().log_level == "ERROR"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("DATABASE_PASSWORD=a$HOME${HOME}$$b", "a$HOME${HOME}$$b"),
        ("DATABASE_PASSWORD=a #b#", "a #b#"),
        (r"DATABASE_PASSWORD=a\nb\\c\'", r"a\nb\\c\'"),
        ('DATABASE_PASSWORD=it\'s "so"', 'it\'s "so"'),
        ('DATABASE_PASSWORD="open', '"open'),
        ("DATABASE_PASSWORD='a\"b'", 'a"b'),
        ('DATABASE_PASSWORD="a\'b$c\\n"', "a'b$c\\n"),
        ("DATABASE_PASSWORD=' a '", " a "),
        ("DATABASE_PASSWORD=''a''", "'a'"),
        ("  export database_password = a=b  ", "a=b"),
        ("DATABASE_PASSWORD=ü€", "ü€"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_it_is_taken_as_it_stands(dotenv: Path, line: str, value: str, end: str) -> None:
    dotenv.write_bytes(end.join(["DEBUG=false", line, 'LOG_LEVEL="error"', ""]).encode())
    settings = load_settings()
    assert settings.database_password == value
    assert settings.log_level == "ERROR"
    dotenv.write_bytes(line.encode())
    assert load_settings().database_password == value
