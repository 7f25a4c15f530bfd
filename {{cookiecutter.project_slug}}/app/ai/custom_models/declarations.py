"""Which models there are: ``config/models.toml``, read and checked before anything starts."""

import tomllib
from pathlib import Path
from typing import Annotated
from typing import Any

from pydantic import Field
from pydantic import TypeAdapter
from pydantic import ValidationError

from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.registry import TASKS
from app.core.exceptions import StartupError

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
File = TypeAdapter(dict[Name, Declaration])


def read_declarations(path: Path) -> dict[str, Declaration]:
    """The models of a file, by the names that clients use.

    Raises:
        StartupError: names the file, the key, and what is allowed.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StartupError(f"CUSTOM_MODELS_FILE: there is no file {path}") from None
    except (OSError, ValueError) as error:
        raise StartupError(f"{path} cannot be read: {error}") from None
    try:
        return File.validate_python(content, context=TASKS)
    except ValidationError as error:
        lines = [_line(problem) for problem in error.errors(include_url=False)]
        raise StartupError("\n".join([f"{path} is wrong:", *lines])) from None


def _line(problem: Any) -> str:
    keys = [str(key) for key in problem["loc"] if key != "[key]"]
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = f"there is no such key; there are {', '.join(Declaration.model_fields)}"
    elif problem["type"] == "string_pattern_mismatch":
        message = "a name is of small letters, digits, '.', '_' and '-', at most 64"
    elif problem["type"] == "missing":
        message = "is missing"
    elif problem["type"] == "model_type":
        message = 'is no table; write it like [sentences] with task = "…" and model = "…" below'
    elif not isinstance(problem["input"], dict):
        message += f"; given: {problem['input']!r}"
    return f"  {'.'.join(keys)}: {message}"
