"""Client addresses from which somebody has signed in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base
from app.kit.db.types import ExactString
from app.kit.db.types import UtcDateTime

HASH_LENGTH = 64


class KnownClientIp(Base):
    """An address that an account has signed in from, as a hash that differs by account."""

    __tablename__ = "known_client_ips"
    __table_args__ = (UniqueConstraint("user_id", "ip_hash"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    ip_hash: Mapped[str] = mapped_column(ExactString(HASH_LENGTH))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
