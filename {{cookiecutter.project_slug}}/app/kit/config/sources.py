"""Reads ``.env`` and TOML files. A file that cannot be parsed prevents the start."""

import re
import tomllib
from collections.abc import Container
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import Binding
from dotenv.parser import parse_stream
from pydantic_settings import DotEnvSettingsSource

from app.kit.exceptions import StartupError

NEWLINE = re.compile(r"\r\n|\n|\r")
NAME = re.compile(r"(?:export\s+)?(\w+)")
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
    bindings = parse_stream(StringIO(LITERAL.sub("", _text(path)), newline=""))
    errors = [_describe_line(binding, names) for binding in bindings if _is_ignored(binding)]
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


def _is_ignored(binding: Binding) -> bool:
    return binding.error or (binding.key is not None and binding.value is None)


def _describe_line(binding: Binding, names: Container[str]) -> str:
    text = binding.original.string.lstrip()
    blank = binding.original.string.removesuffix(text)
    line = binding.original.line + len(NEWLINE.findall(blank))
    found = NAME.match(text)
    name = found[1] if found and found[1].lower() in names else "NAME"
    if QUOTED.match(text):
        return f"  line {line}: close the quotes of {name}, and write nothing after them"
    return f"  line {line}: write it like {name}=value"
