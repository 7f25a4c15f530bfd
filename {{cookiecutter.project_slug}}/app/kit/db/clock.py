"""The clock of the database, which all machines share; their own clocks may differ."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float
from sqlalchemy import literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.kit.db.types import UtcDateTime


class DatabaseTime(FunctionElement[datetime]):
    """The time of the database when the statement begins, plus a number of seconds."""

    inherit_cache = True
    type = UtcDateTime()

    def __init__(self, plus_seconds: float = 0) -> None:
        super().__init__(literal(float(plus_seconds), Float()))


def _seconds(element: DatabaseTime, compiler: Any, options: Any) -> str:
    text: str = compiler.process(next(iter(element.clauses)), **options)
    return text


@compiles(DatabaseTime, "sqlite")
def _sqlite(element: DatabaseTime, compiler: Any, **options: Any) -> str:
    shift = f"printf('%+.3f seconds', {_seconds(element, compiler, options)})"
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {shift}) || '000')"


@compiles(DatabaseTime, "postgresql")
def _postgresql(element: DatabaseTime, compiler: Any, **options: Any) -> str:
    seconds = _seconds(element, compiler, options)
    return f"(statement_timestamp() + {seconds} * interval '1 second')"


@compiles(DatabaseTime, "mysql")
@compiles(DatabaseTime, "mariadb")
def _mysql(element: DatabaseTime, compiler: Any, **options: Any) -> str:
    return f"(UTC_TIMESTAMP(6) + INTERVAL {_seconds(element, compiler, options)} SECOND)"
