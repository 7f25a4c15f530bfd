"""How new revisions are written, so that they run on every engine, there and back.

Only ``migrations/env.py`` imports this: the application itself has no use for it.
"""

from typing import Any
from typing import Literal

from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import CHAR
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import DateTime
from sqlalchemy import MetaData
from sqlalchemy import String
from sqlalchemy import Uuid
from sqlalchemy.types import TypeEngine

from app.db import types
from app.db.revision_order import put_in_order

CHARSET = "utf8mb4"
"""In MySQL: every character, also where the server's default does not take them."""

UUID_DIGITS = 32


def wide(metadata: MetaData) -> MetaData:
    """Let every table take every character.

    The models do not say so themselves: that would load MySQL's dialect at every start.
    """
    for table in metadata.tables.values():
        for engine in ("mysql", "mariadb"):
            table.dialect_options[engine]["charset"] = CHARSET
    return metadata


def render_type(kind: str, value: object, autogenerate: AutogenContext) -> str | Literal[False]:
    """Write this project's own column types as ``types.Name()``."""
    if kind != "type" or type(value).__module__ != types.__name__:
        return False
    autogenerate.imports.add("from app.db import types")
    length = value.length if isinstance(value, types.ExactString) else ""
    return f"types.{type(value).__name__}({length})"


def revise(
    _context: MigrationContext, _revision: object, scripts: list[ops.MigrationScript]
) -> None:
    """Put what Alembic found into an order and into types that every engine takes."""
    for script in scripts:
        for part in (script.upgrade_ops, script.downgrade_ops):
            if part is not None:
                put_in_order(part)
        if script.downgrade_ops is not None:
            _take_types_of_models(script.downgrade_ops)


def _take_types_of_models(part: ops.OpContainer) -> None:
    """What a downgrade makes again was read from one engine, and in its types."""
    for each in part.ops:
        if isinstance(each, ops.ModifyTableOps):
            _take_types_of_models(each)
        elif isinstance(each, ops.AddColumnOp):
            each.column.type = _portable(each.column.type)
        elif isinstance(each, ops.CreateTableOp):
            each.kw = {f"{engine}_charset": CHARSET for engine in ("mysql", "mariadb")}
            for column in each.columns:
                if isinstance(column, Column):
                    column.type = _portable(column.type)


def _portable(read: TypeEngine[Any]) -> TypeEngine[Any]:
    """What a model would say where this type was read from a database."""
    if isinstance(read, Uuid) or (isinstance(read, CHAR) and read.length == UUID_DIGITS):
        return Uuid()
    if isinstance(read, DateTime):
        return types.UtcDateTime()
    if isinstance(read, String) and read.length and read.collation in types.EXACT.values():
        return types.ExactString(read.length)
    if isinstance(read, String):
        return String(read.length) if read.length else types.LongText()
    return Boolean() if type(read).__name__ == "TINYINT" else read.as_generic(allow_nulltype=True)
