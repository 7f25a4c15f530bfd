"""Base classes of request and response schemas, and common field types."""

from datetime import UTC
from datetime import datetime
from typing import Annotated
from typing import Any
from typing import Self

from pydantic import AfterValidator
from pydantic import AwareDatetime
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ModelWrapValidatorHandler
from pydantic import StringConstraints
from pydantic import ValidationError
from pydantic import model_validator

from app.kit.exceptions import InvalidInput
from app.kit.text import reject_unstorable

STORABLE = AfterValidator(reject_unstorable)
"""The last annotation of every text field: rejects characters that databases cannot store."""

TRIMMED = StringConstraints(strip_whitespace=True)
"""Strips whitespace at both ends before the length is checked."""

Text = Annotated[str, STORABLE]
"""Any text."""


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be in the years 1 to 9999 of UTC") from None


UtcMoment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A time with a time zone, converted to UTC."""

MAX_ERRORS = 100
"""The maximum number of errors that a response lists: a 1 MiB body could have 100,000."""


def optional(description: str | None = None) -> Any:
    """Return the default of a field that a PATCH may omit but must not set to ``null``."""
    return Field(default=None, description=description, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def example(body: dict[str, Any]) -> ConfigDict:
    """Return a ``model_config`` with an example body, which /docs shows."""
    return ConfigDict(json_schema_extra={"examples": [body]})


class RequestModel(BaseModel):
    """A request body. Unknown fields are rejected, so that typos are noticed."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="wrap")
    @classmethod
    def limit_errors(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Replace more than ``MAX_ERRORS`` errors by a single one.

        Raises:
            InvalidInput: there are more than ``MAX_ERRORS`` errors.
        """
        try:
            return handler(data)
        except ValidationError as error:
            if error.error_count() <= MAX_ERRORS:
                raise
        detail = f"The body has more than {MAX_ERRORS} errors."
        raise InvalidInput("body", detail, code="too_many_errors")


class ResponseModel(BaseModel):
    """A response, or a part of one. Fields have no defaults, so that all are always present."""

    model_config = ConfigDict(from_attributes=True)
