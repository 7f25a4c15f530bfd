"""Reads ``.env`` and TOML files. A file that cannot be parsed prevents the start."""

import re
import tomllib
from collections.abc import Container
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic_settings import DotEnvSettingsSource

from app.kit.exceptions import StartupError

NEWLINE = re.compile(r"\r\n|\n|\r")
NAME = re.compile(r"(?:export\s+)?(\w+)")
STATEMENT = re.compile(
    r"""\s*(?:
        (?:
            (?:export[^\S\r\n]+)?+(?:'[^']+'|(?!')[^=\#\s]+)[^\S\r\n]*=[^\S\r\n]*+
            (?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^'"\r\n][^\r\n]*)?
        )?
        [^\S\r\n]*(?:\#[^\r\n]*)?(?:[\r\n]|\Z)
        |(?P<invalid>[^\r\n]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
"""``NAME=value``, a comment or an empty line as python-dotenv reads them, or an invalid line."""

QUOTED = re.compile(r"[^=\n]*=[ \t]*[\"']")
LITERAL = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?P<name>database_password)[ \t]*="
    r"[ \t]*(?P<quote>[\"']?)(?P<value>[^\r\n]*?)(?P=quote)[ \t]*(?=[\r\n]|\Z)",
    re.IGNORECASE | re.MULTILINE,
)
"""Lines whose value is taken literally, without the quotes around it."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; empty if the file does not exist.

    Raises:
        StartupError: names the file and the line.
    """
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise StartupError(f"{path} is not valid TOML: {error}") from None


class DotenvSource(DotEnvSettingsSource):
    """Reads ``.env``, where the password of the database may hold ``$``, ``#`` and quotes."""

    def _read_env_file(self, file_path: Path) -> dict[str, str | None]:
        text = _text(file_path)
        values = dotenv_values(stream=StringIO(LITERAL.sub("", text), newline=""))
        for found in LITERAL.finditer(text):
            values[found["name"]] = found["value"]
        return {name.lower(): value for name, value in values.items()}


def check_dotenv(path: Path, names: Container[str]) -> None:
    """Reject lines that would be ignored. ``names`` are the settings in lower case.

    Raises:
        StartupError: names the file and each such line, without values: they may be secrets.
    """
    if not path.is_file():
        return
    text = LITERAL.sub("", _text(path))
    lines = [found.span("invalid") for found in STATEMENT.finditer(text) if found["invalid"]]
    errors = [_describe_line(text, start, end, names) for start, end in lines]
    if errors:
        raise StartupError("\n".join([f"{path} has invalid lines:", *errors]))


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, content[: error.start]) from None
    if "\0" in text:
        raise _not_utf8(path, content.partition(b"\0")[0])
    return text


def _not_utf8(path: Path, before: bytes) -> StartupError:
    line = before.count(b"\n") + 1
    return StartupError(
        f"{path}, line {line} is not valid UTF-8; save the file as UTF-8. "
        "(In Windows PowerShell 5.1, > and >> write UTF-16.)"
    )


def _describe_line(text: str, start: int, end: int, names: Container[str]) -> str:
    line = len(NEWLINE.findall(text, 0, start)) + 1
    found = NAME.match(text, start, end)
    name = found[1] if found and found[1].lower() in names else "NAME"
    if QUOTED.match(text, start, end):
        return f"  line {line}: close the quotes of {name}, and write nothing after them"
    return f"  line {line}: write it like {name}=value"
