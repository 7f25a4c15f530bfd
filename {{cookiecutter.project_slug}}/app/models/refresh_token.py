"""Refresh tokens: a chain for each session, of which only the last link can be spent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base
from app.db.types import ExactString
from app.db.types import UtcDateTime


class RefreshToken(Base):
    """The fingerprint of a token, until when it can be spent, and when it was."""

    __tablename__ = "refresh_tokens"

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("login_sessions.id", ondelete="CASCADE"), index=True
    )
    fingerprint: Mapped[str] = mapped_column(ExactString(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())
    spent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
