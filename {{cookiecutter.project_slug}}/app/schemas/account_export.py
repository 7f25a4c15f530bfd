"""The export of an account."""

from typing import Annotated
from typing import Any

from pydantic import Field
from pydantic import WithJsonSchema

from app.kit.schemas import ResponseModel
from app.schemas.users import UserRead

# Generators of Dart clients write code that does not compile for maps of lists of objects.
TABLES_SCHEMA = {"type": "object", "additionalProperties": {}}
Tables = Annotated[dict[str, list[dict[str, Any]]], WithJsonSchema(TABLES_SCHEMA)]


class ExportedAccount(ResponseModel):
    """Everything that is stored about a person, but for secrets."""

    user: UserRead
    tables: Tables = Field(
        description="The name of each table with rows of yours, and these rows as they are stored."
    )
