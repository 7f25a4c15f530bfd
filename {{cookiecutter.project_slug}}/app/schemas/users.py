"""Users on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator
from pydantic import Field

from app.core.passwords import LONGEST
from app.core.passwords import SHORTEST
from app.core.permissions import Role
from app.models.user import NAME_LENGTH
from app.schemas.base import STORABLE
from app.schemas.base import TRIMMED
from app.schemas.base import RequestModel
from app.schemas.base import ResponseModel
from app.schemas.base import Text
from app.schemas.base import example
from app.schemas.base import optional
from app.utils.emails import LONGEST as LONGEST_EMAIL
from app.utils.emails import normalise_email


def _none_if_empty(name: str | None) -> str | None:
    return name or None


Email = Annotated[
    str,
    Field(max_length=LONGEST_EMAIL, json_schema_extra={"format": "email"}),
    STORABLE,
    AfterValidator(normalise_email),
]
Name = Annotated[str, TRIMMED, Field(max_length=NAME_LENGTH), STORABLE]
FullName = Annotated[Name | None, AfterValidator(_none_if_empty)]
"""A name, or none: a form whose field is left empty sends an empty one, and means none."""

NewPassword = Annotated[
    str,
    Field(min_length=SHORTEST, max_length=LONGEST, json_schema_extra={"format": "password"}),
    STORABLE,
]


class UserCreate(RequestModel):
    """A person who registers."""

    email: Email
    password: NewPassword
    full_name: FullName = None

    model_config = example(
        {"email": "you@example.com", "password": "your password", "full_name": "Ada Berg"}
    )


class ProfileUpdate(RequestModel):
    """What people may change of themselves. What is absent stays; ``null`` clears the name."""

    full_name: FullName = None

    model_config = example({"full_name": "Ada Berg-Lund"})


class UserUpdate(ProfileUpdate):
    """What an administrator may change of somebody."""

    role: Role = optional()
    is_active: bool = optional()
    """False locks them out, on every device at once."""

    model_config = example({"full_name": "Ada Berg", "is_active": True})


class PasswordChange(RequestModel):
    """The old password, as a proof, and the new one."""

    current_password: Text
    new_password: NewPassword

    model_config = example(
        {"current_password": "your password", "new_password": "your new password"}
    )


class UserRead(ResponseModel):
    """A person as they are stored, without the password."""

    id: UUID
    email: str
    full_name: str | None
    role: Role
    is_active: bool
    created_at: datetime
    updated_at: datetime


class UserPage(ResponseModel):
    """Some users."""

    items: list[UserRead]
    next_cursor: str | None
    """The `cursor` of the next page; null on the last."""
