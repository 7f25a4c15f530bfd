"""Users, who can log in."""

from sqlalchemy import Enum
from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.core.permissions import Role
from app.db.base import Base
from app.kit.db.types import ExactString

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
