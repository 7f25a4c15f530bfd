"""Text of any length: more than the 64 kB that MySQL's TEXT can hold."""

from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlalchemy.types import TypeEngine


class LongText(TypeDecorator[str]):
    """Up to 16 MB on MySQL, and without a limit elsewhere."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """The engine's own text without a limit."""
        if dialect.name in ("mysql", "mariadb"):
            from sqlalchemy.dialects import mysql  # takes long to load for those who need none

            return dialect.type_descriptor(mysql.MEDIUMTEXT())
        return dialect.type_descriptor(Text())
