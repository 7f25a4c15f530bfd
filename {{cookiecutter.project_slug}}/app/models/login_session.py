"""Login sessions, their refresh tokens, and the addresses from which users sign in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base
from app.kit.db.types import ExactString
from app.kit.db.types import UtcDateTime


class LoginSession(Base):
    """One login on one device, named by the ``sid`` of its access tokens.

    It ends when it is revoked or when its time is up. Its refresh tokens are numbered from 1:
    ``generation`` is the number of the newest, and ``used_generation`` that of the newest which the
    client has used, itself or by an access token that came with it.
    """

    __tablename__ = "login_sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    generation: Mapped[int] = mapped_column(default=1)
    used_generation: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)


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


class KnownClientIp(Base):
    """An address that an account has signed in from, as a hash that differs by account."""

    __tablename__ = "known_client_ips"
    __table_args__ = (UniqueConstraint("user_id", "ip_hash"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    ip_hash: Mapped[str] = mapped_column(ExactString(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
