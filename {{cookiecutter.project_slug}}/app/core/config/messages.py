"""Wrong settings, told to a person: which one, what was given, what is allowed."""

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic import ValidationError

SECRET = "(not shown)"  # noqa: S105
EMPTY = "must not be empty; without its line the default holds"


def explain(error: ValidationError, settings: type[BaseModel]) -> str:
    """One line for each wrong setting. Values of secrets and of unknown names are not shown."""
    lines = [_line(problem, settings) for problem in error.errors(include_url=False)]
    return "\n".join(["The settings are wrong, so the application does not start:", *lines])


def _line(problem: Any, settings: type[BaseModel]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    message = _message(problem)
    if not name:
        return f"  {message}"
    if problem["type"] == "extra_forbidden":
        close = get_close_matches(name.lower(), settings.model_fields, n=1)
        hint = f"; did you mean {close[0].upper()}?" if close else ""
        return f"  {name.upper()}: there is no such setting{hint}"
    return f"  {name.upper()}: {message}; given: {_given(name, problem['input'], settings)}"


def _message(problem: Any) -> str:
    if problem["input"] == "" and len(problem["loc"]) == 1 and "too_short" in problem["type"]:
        return EMPTY
    return str(problem["msg"]).removeprefix("Value error, ")


def _given(name: str, value: Any, settings: type[BaseModel]) -> str:
    field = settings.model_fields.get(name)
    extra = field.json_schema_extra if field else None
    secret = field is None or (isinstance(extra, dict) and extra.get("secret") is True)
    return SECRET if secret else repr(value)
