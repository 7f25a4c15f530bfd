"""Request and response schemas of users."""

from datetime import datetime
from typing import Annotated
from typing import Any
from uuid import UUID

from pydantic import AfterValidator
from pydantic import Field
from pydantic import WithJsonSchema

from app.core.passwords import MAX_PASSWORD_LENGTH
from app.core.passwords import MIN_PASSWORD_LENGTH
from app.core.permissions import Role
from app.kit.schemas import STORABLE
from app.kit.schemas import TRIMMED
from app.kit.schemas import RequestModel
from app.kit.schemas import ResponseModel
from app.kit.schemas import Text
from app.kit.schemas import example
from app.kit.schemas import optional
from app.models.user import NAME_LENGTH
from app.schemas.pages import NextCursor
from app.utils.emails import MAX_EMAIL_LENGTH
from app.utils.emails import normalize_email


def _none_if_empty(name: str | None) -> str | None:
    return name or None


Email = Annotated[
    str,
    Field(max_length=MAX_EMAIL_LENGTH, json_schema_extra={"format": "email"}),
    STORABLE,
    AfterValidator(normalize_email),
]
Name = Annotated[str, TRIMMED, Field(max_length=NAME_LENGTH), STORABLE]
FullName = Annotated[Name | None, AfterValidator(_none_if_empty)]
"""A name or none: an empty form field is sent as an empty text, and means none."""

NewPassword = Annotated[
    str,
    Field(
        min_length=MIN_PASSWORD_LENGTH,
        max_length=MAX_PASSWORD_LENGTH,
        json_schema_extra={"format": "password"},
    ),
    STORABLE,
]


class UserCreate(RequestModel):
    """A new user."""

    email: Email
    password: NewPassword
    full_name: FullName = None
    invitation: Annotated[str, Field(max_length=100), STORABLE] | None = Field(
        default=None, description="The code of an invitation, if the server requires one."
    )

    model_config = example(
        {"email": "you@example.com", "password": "your password", "full_name": "Ada Berg"}
    )


class ProfileUpdate(RequestModel):
    """What users can change themselves. Absent fields stay; ``null`` clears the name."""

    full_name: FullName = None

    model_config = example({"full_name": "Ada Berg-Lund"})


class UserUpdate(ProfileUpdate):
    """What administrators can change of a user."""

    role: Role = optional()
    is_active: bool = optional("False logs the user out on every device, and rejects new logins.")

    model_config = example({"full_name": "Ada Berg", "is_active": True})


class PasswordChange(RequestModel):
    """The current password and the new one."""

    current_password: Text
    new_password: NewPassword

    model_config = example(
        {"current_password": "your password", "new_password": "your new password"}
    )


class AccountDeletion(RequestModel):
    """The current password, as a confirmation."""

    current_password: Text

    model_config = example({"current_password": "your password"})


class UserRead(ResponseModel):
    """A stored user, without the password."""

    id: UUID
    email: str
    full_name: str | None
    role: Role
    is_active: bool
    created_at: datetime
    updated_at: datetime


class UserPage(ResponseModel):
    """One page of users."""

    items: list[UserRead]
    next_cursor: NextCursor


# Generators of Dart clients write code that does not compile for maps of lists of objects.
Tables = Annotated[
    dict[str, list[dict[str, Any]]],
    WithJsonSchema({"type": "object", "additionalProperties": {}}),
]


class ExportedAccount(ResponseModel):
    """Everything that is stored about a person, but for secrets."""

    user: UserRead
    tables: Tables = Field(
        description="The name of each table with rows of yours, and these rows as they are stored."
    )
