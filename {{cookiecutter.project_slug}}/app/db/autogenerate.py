"""How new revisions are written, so that they run on every engine.

Only ``migrations/env.py`` imports this: the application itself has no use for it.
"""

from typing import Literal

from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations.ops import DropConstraintOp
from alembic.operations.ops import DropTableOp
from alembic.operations.ops import MigrateOperation
from alembic.operations.ops import MigrationScript
from alembic.operations.ops import ModifyTableOps
from alembic.operations.ops import OpContainer

from app.db import types


def render_type(kind: str, value: object, autogenerate: AutogenContext) -> str | Literal[False]:
    """Write this project's own column types as ``types.Name()``."""
    if kind != "type" or type(value).__module__ != types.__name__:
        return False
    autogenerate.imports.add("from app.db import types")
    length = value.length if isinstance(value, types.ExactString) else ""
    return f"types.{type(value).__name__}({length})"


def put_in_order(
    _context: MigrationContext, _revision: object, scripts: list[MigrationScript]
) -> None:
    """Free tables and indexes of the foreign keys that hold them, before they are dropped."""
    for script in scripts:
        for part in (script.upgrade_ops, script.downgrade_ops):
            if part is not None:
                _order(part)


def _order(part: OpContainer) -> None:
    dropped = {each.table_name for each in part.ops if isinstance(each, DropTableOp)}
    part.ops = [
        each
        for each in part.ops  # what a table has is dropped with it
        if not (isinstance(each, ModifyTableOps) and each.table_name in dropped)
    ]
    part.ops.sort(key=lambda each: isinstance(each, DropTableOp))
    for each in part.ops:
        if isinstance(each, ModifyTableOps):
            each.ops.sort(key=lambda change: not _drops_foreign_key(change))


def _drops_foreign_key(change: MigrateOperation) -> bool:
    return isinstance(change, DropConstraintOp) and change.constraint_type == "foreignkey"
