"""Users, who can log in, and invitations to register."""

from datetime import datetime

from sqlalchemy import Enum
from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.core.permissions import Role
from app.db.base import Base
from app.kit.db.types import ExactString
from app.kit.db.types import UtcDateTime

EMAIL_LENGTH = 320
NAME_LENGTH = 100

# Text in the database instead of an enum type: a new role needs no migration.
RoleText = Enum(
    Role, native_enum=False, length=20, values_callable=lambda roles: [role.value for role in roles]
)


class User(Base):
    """A user. The e-mail address is stored in lower case, so that it is unique in any case."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_list_created_at", "created_at", "id"),)

    email: Mapped[str] = mapped_column(ExactString(EMAIL_LENGTH), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    full_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    role: Mapped[Role] = mapped_column(RoleText, default=Role.USER)
    is_active: Mapped[bool] = mapped_column(default=True)


class Invitation(Base):
    """The hash of an invitation, until when it can be used, by whom, and when it was."""

    __tablename__ = "invitations"

    code_hash: Mapped[str] = mapped_column(ExactString(64), unique=True)
    email: Mapped[str | None] = mapped_column(ExactString(EMAIL_LENGTH))
    """Only a user with this address can use it; if it is None, anyone can."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
