"""Types of settings that several groups use."""

import json
from typing import Annotated
from typing import Any

from pydantic import BeforeValidator
from pydantic_settings import NoDecode


def split(value: Any) -> Any:
    """Split a JSON list or comma-separated names; return any other value unchanged."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"must be a JSON list or comma-separated names ({error})") from None
    return [part.strip() for part in value.split(",") if part.strip()]


StringList = Annotated[list[str], NoDecode, BeforeValidator(split)]
"""A list, written as JSON (``["a", "b"]``) or comma-separated (``a, b``)."""
