"""Refresh tokens: a chain for each session, of which only the newest can be spent."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base
from app.kit.db.types import ExactString


class RefreshToken(Base):
    """The fingerprint of a token, and its number in the chain of its session."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        UniqueConstraint("session_id", "generation", name="uq_refresh_tokens_generation"),
        Index("ix_refresh_tokens_created_at", "created_at"),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("login_sessions.id", ondelete="CASCADE"))
    generation: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(ExactString(64), unique=True)
