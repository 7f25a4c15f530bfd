"""Sessions: one for each login, named by the ``sid`` of its access tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base
from app.kit.db.types import UtcDateTime


class LoginSession(Base):
    """One login on one device. It ends when it is revoked or when its time is up.

    Its refresh tokens are numbered from 1: ``generation`` is the number of the newest, and
    ``used_generation`` that of the newest which the client has used, itself or by an access token
    that came with it.
    """

    __tablename__ = "login_sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    generation: Mapped[int] = mapped_column(default=1)
    used_generation: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)
