"""Invitations to register, each for one person."""

from datetime import datetime

from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base
from app.kit.db.types import ExactString
from app.kit.db.types import UtcDateTime
from app.models.user import EMAIL_LENGTH

HASH_LENGTH = 64


class Invitation(Base):
    """The hash of an invitation, until when it can be used, by whom, and when it was."""

    __tablename__ = "invitations"

    code_hash: Mapped[str] = mapped_column(ExactString(HASH_LENGTH), unique=True)
    email: Mapped[str | None] = mapped_column(ExactString(EMAIL_LENGTH))
    """The only e-mail address that it is good for; any, where there is none."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
