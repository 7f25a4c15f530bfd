"""The files that settings are read from: one that cannot be read as it is meant stops the start."""

import re
import tomllib
from collections.abc import Container
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv.parser import Binding
from dotenv.parser import parse_stream

from app.core.exceptions import StartupError

NEWLINE = re.compile(r"\r\n|\n|\r")
NAME = re.compile(r"(?:export\s+)?(\w+)")
QUOTED = re.compile(r"[^=\n]*=[ \t]*[\"']")


def read_toml(path: Path) -> dict[str, Any]:
    """What is in a TOML file; nothing, if there is none.

    Raises:
        StartupError: names the file and the line.
    """
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise StartupError(f"{path} is no TOML: {error}") from None


def check_dotenv(path: Path, names: Container[str]) -> None:
    """Refuse lines that would be ignored. ``names`` are those of the settings, in small letters.

    Raises:
        StartupError: names the file and each such line, but shows no value: it may be a secret.
    """
    if not path.is_file():
        return
    bindings = parse_stream(StringIO(_text(path), newline=""))
    wrong = [_told(binding, names) for binding in bindings if _is_ignored(binding)]
    if wrong:
        raise StartupError("\n".join([f"{path} is wrong:", *wrong]))


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
        f"{path}, line {line} is no UTF-8; save the file as UTF-8. "
        "(In Windows PowerShell 5.1, > and >> write UTF-16.)"
    )


def _is_ignored(binding: Binding) -> bool:
    return binding.error or (binding.key is not None and binding.value is None)


def _told(binding: Binding, names: Container[str]) -> str:
    text = binding.original.string.lstrip()
    blank = binding.original.string.removesuffix(text)
    line = binding.original.line + len(NEWLINE.findall(blank))
    found = NAME.match(text)
    name = found[1] if found and found[1].lower() in names else "NAME"
    if QUOTED.match(text):
        return f"  line {line}: the quotes of {name} must be closed, and nothing may follow them"
    return f"  line {line}: write it like {name}=value"
