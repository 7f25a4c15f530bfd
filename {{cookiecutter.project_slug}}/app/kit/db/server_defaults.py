"""Compares and renders server defaults, so that they mean the same on every engine.

Each engine reports a default in its own syntax: ``false``, ``0``, ``'0'``, ``'a'::text``.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from datetime import datetime
from decimal import Decimal
from typing import Any
from typing import Literal
from uuid import UUID

from alembic.migration import MigrationContext
from sqlalchemy import JSON
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import DateTime
from sqlalchemy import DefaultClause
from sqlalchemy import Float
from sqlalchemy import Integer
from sqlalchemy import Numeric
from sqlalchemy import Text
from sqlalchemy import TextClause
from sqlalchemy import TypeDecorator
from sqlalchemy import Uuid
from sqlalchemy.types import TypeEngine

from app.kit.db.types import LongText

CAST = re.compile(
    r"::\s*[\w.\"]+(?: (?:varying|precision|with(?:out)? time zone))?(?:\([\d, ]+\))?"
)
QUOTED = re.compile(r"'((?:[^']|'')*)'")
CURRENT_TIME = re.compile(r"(?:now|current_timestamp)(?:\(\d*\))?", re.IGNORECASE)
BOOLEANS = {"0": False, "false": False, "1": True, "true": True}


class Sql(str):
    """An SQL expression that is not a literal."""

    __slots__ = ()


NOW = Sql("now()")


def compare_server_default(
    _context: MigrationContext,
    _inspected: Column[Any],
    column: Column[Any],
    inspected_default: str | None,
    default: Any,
    rendered_default: str | None,
) -> bool | None:
    """Return whether a default has changed, or None to let Alembic decide."""
    if inspected_default is None or rendered_default is None:
        return None
    inspected = _parse_sql(inspected_default, column.type)
    if isinstance(default.arg, str):
        return inspected != _parse_literal(default.arg, column.type)
    return inspected != _parse_sql(rendered_default, column.type)


def render_server_default(default: object, kind: TypeEngine[Any]) -> str | Literal[False]:
    """Render a default for every engine; False leaves it to Alembic."""
    if not isinstance(default, DefaultClause):
        return False
    value = _value(default, kind)
    if isinstance(value, bool):
        return "sa.true()" if value else "sa.false()"
    if isinstance(value, Sql):
        return "sa.func.now()" if value == NOW else False
    if isinstance(kind, JSON | Text | LongText):
        # MySQL accepts only an expression here, not a literal.
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        expression = "('{}')".format(text.replace("'", "''"))
        return "sa.text({!r})".format(expression.replace(":", "\\:"))
    return repr(_literal(value))


def _literal(value: object) -> str:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _value(default: DefaultClause, kind: TypeEngine[Any]) -> object:
    if isinstance(default.arg, str):
        return _parse_literal(default.arg, kind)
    if isinstance(default.arg, TextClause):
        return _parse_sql(default.arg.text.replace("\\:", ":"), kind)
    return _parse_sql(str(default.arg.compile(compile_kwargs={"literal_binds": True})), kind)


def _parse_sql(sql: str, kind: TypeEngine[Any]) -> object:
    """Return the value of a literal, or the expression as ``Sql``."""
    sql = sql.strip()
    while sql.startswith("(") and sql.endswith(")"):
        sql = sql[1:-1]
    sql = CAST.sub("", sql)
    if quoted := QUOTED.fullmatch(sql):
        return _parse_literal(quoted[1].replace("''", "'"), kind)
    if CURRENT_TIME.fullmatch(sql):
        return NOW
    value = _parse_literal(sql, kind)
    return Sql(sql.lower()) if isinstance(value, str) else value


def _parse_literal(text: str, kind: TypeEngine[Any]) -> object:
    """Return the Python value of a literal, or its text where that has another type."""
    if isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    for types, parse in PARSERS.items():
        if isinstance(kind, types):
            with suppress(ValueError, ArithmeticError, KeyError):
                return parse(text)
    return text


def _parse_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


PARSERS: dict[tuple[type[TypeEngine[Any]], ...], Callable[[str], object]] = {
    (Boolean,): lambda text: BOOLEANS[text.lower()],
    (Integer, Numeric, Float): Decimal,
    (Uuid,): UUID,
    (DateTime,): _parse_time,
    (JSON,): json.loads,
}
