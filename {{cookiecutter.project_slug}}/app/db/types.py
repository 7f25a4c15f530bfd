"""Column types that mean the same on SQLite, PostgreSQL and MySQL.

Migrations import them: one that a migration names stays here, also when no model uses it.
"""

from datetime import UTC
from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlalchemy.types import TypeEngine

EXACT = {"postgresql": "C", "mysql": "utf8mb4_bin", "mariadb": "utf8mb4_bin"}
"""Engine -> the collation that compares by code points; SQLite's default does."""


class UtcDateTime(TypeDecorator[datetime]):
    """Aware time in, aware UTC time out, microseconds kept."""

    impl = DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What values are; cursors of lists are read by it."""
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        """The engine's own type with microseconds."""
        if dialect.name in ("mysql", "mariadb"):
            from sqlalchemy.dialects import mysql  # takes long to load for those who need none

            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC, since SQLite and MySQL store no zone.

        Raises:
            ValueError: the time has no zone.
        """
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a time without its zone cannot be stored")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class ExactString(TypeDecorator[str]):
    """Text compared and sorted by code points everywhere: case and accents make a difference."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """The engine's own text with its binary collation."""
        return dialect.type_descriptor(String(self.length, collation=EXACT.get(dialect.name)))


class LongText(TypeDecorator[str]):
    """Text of any length: up to 16 MB on MySQL, whose TEXT holds 64 kB."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """The engine's own text without a limit."""
        if dialect.name in ("mysql", "mariadb"):
            from sqlalchemy.dialects import mysql  # takes long to load for those who need none

            return dialect.type_descriptor(mysql.MEDIUMTEXT())
        return dialect.type_descriptor(Text())
