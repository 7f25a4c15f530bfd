"""Keys for hashing client IP addresses before they are stored: one for each month."""

from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base
from app.kit.db.types import ExactString

MONTH_LENGTH = 7
KEY_LENGTH = 64


class IpHashKey(Base):
    """A random key that all processes share. It is deleted after its month."""

    __tablename__ = "ip_hash_keys"

    month: Mapped[str] = mapped_column(ExactString(MONTH_LENGTH), unique=True)
    """In UTC, such as ``2026-11``."""
    key: Mapped[str] = mapped_column(ExactString(KEY_LENGTH))
    """32 random bytes, hexadecimal."""
