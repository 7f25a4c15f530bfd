"""Base classes of requests and responses, and the types of their texts."""

from typing import Annotated
from typing import Any

from pydantic import AfterValidator
from pydantic import ConfigDict
from pydantic import Field
from pydantic import StringConstraints

from app.schemas.documented import DocumentedModel
from app.utils.text import refuse_unstorable

STORABLE = AfterValidator(refuse_unstorable)
"""Put this last into the type of every text: it refuses what no database can store."""

TRIMMED = StringConstraints(strip_whitespace=True)
"""Takes the blanks off both ends, before the length is checked."""

Text = Annotated[str, STORABLE]
"""Any text."""


def optional() -> Any:
    """The default of a field that a PATCH may leave out but must not set to ``null``."""
    return Field(default=None, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def example(body: dict[str, Any]) -> ConfigDict:
    """For ``model_config``: a body that works as it stands. /docs offers it."""
    return ConfigDict(json_schema_extra={"examples": [body]})


class RequestModel(DocumentedModel):
    """The body of a request. A field that it does not know is refused, so that no typo is lost."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ResponseModel(DocumentedModel):
    """A part of a response. None of its fields has a default, so that all are always there."""

    model_config = ConfigDict(from_attributes=True)
