"""Column types that behave the same on SQLite, PostgreSQL and MySQL.

Migrations import them, so keep a type that a migration uses, even if no model uses it.
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
"""Engine -> the collation that compares by code points (the default of SQLite)."""


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware time, stored and returned in UTC with microseconds."""

    impl = DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Return the Python type, by which cursors are decoded."""
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        """Return the type of the engine, with microseconds."""
        if dialect.name in ("mysql", "mariadb"):
            from sqlalchemy.dialects import mysql  # slow to import

            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC, because SQLite and MySQL do not store a time zone.

        Raises:
            ValueError: the time has no time zone.
        """
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a time without its zone cannot be stored")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC, with its time zone."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class ExactString(TypeDecorator[str]):
    """Text that is compared and sorted by code points: case and accents are significant."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    @property
    def python_type(self) -> type[str]:
        """Return the Python type, by which cursors are decoded."""
        return str

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the string type of the engine, with its binary collation."""
        return dialect.type_descriptor(String(self.length, collation=EXACT.get(dialect.name)))


class LongText(TypeDecorator[str]):
    """Text of any length: up to 16 MB on MySQL, whose TEXT holds 64 kB."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        """Return the Python type, by which cursors are decoded."""
        return str

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the text type of the engine for long texts."""
        if dialect.name in ("mysql", "mariadb"):
            from sqlalchemy.dialects import mysql  # slow to import

            return dialect.type_descriptor(mysql.MEDIUMTEXT())
        return dialect.type_descriptor(Text())
