"""Error messages for invalid settings: the setting, its value, and the allowed values."""

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic import ValidationError

SECRET = "the value is not shown, because it may hold a secret"  # noqa: S105
"""Also shown for unknown settings, which may be secrets."""

EMPTY = "must not be empty; remove the line to use the default"


def explain(error: ValidationError, settings: type[BaseModel]) -> str:
    """Return one line per invalid setting. Values of secrets and unknown settings are hidden."""
    lines = [_line(problem, settings) for problem in error.errors(include_url=False)]
    return "\n".join(["The application cannot start, because of invalid settings:", *lines])


def _line(problem: Any, settings: type[BaseModel]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    message = _message(problem)
    if not name:
        return f"  {message}"
    if problem["type"] == "extra_forbidden":
        close = get_close_matches(name.lower(), settings.model_fields, n=1)
        hint = f"; did you mean {close[0].upper()}?" if close else ""
        return f"  {name.upper()}: there is no such setting{hint}"
    return f"  {name.upper()}: {message}; {_describe_value(name, problem['input'], settings)}"


def _message(problem: Any) -> str:
    if problem["input"] == "" and len(problem["loc"]) == 1 and "too_short" in problem["type"]:
        return EMPTY
    return str(problem["msg"]).removeprefix("Value error, ")


def _describe_value(name: str, value: Any, settings: type[BaseModel]) -> str:
    field = settings.model_fields.get(name)
    extra = field.json_schema_extra if field else None
    secret = field is None or (isinstance(extra, dict) and extra.get("secret") is True)
    return SECRET if secret else f"given: {value!r}"
