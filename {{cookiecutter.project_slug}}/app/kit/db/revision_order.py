"""Sorts the operations of a new revision: nothing is dropped while a foreign key refers to it.

SQLite accepts any order; the order of Alembic works only on some engines.
"""

from typing import Any

from alembic.operations import ops
from sqlalchemy import Column
from sqlalchemy import ForeignKeyConstraint

MAKE, CHANGE, DROP = range(3)


def sort_operations(part: ops.OpContainer) -> None:
    """Create tables, alter tables, drop tables; within a table, drop foreign keys first."""
    found: list[Any] = part.ops
    made = {each.table_name: each for each in found if isinstance(each, ops.CreateTableOp)}
    gone = [each for each in found if isinstance(each, ops.DropTableOp)]
    dropped = {each.table_name: each.reverse() for each in gone}
    ranks = _ranks({name: _referred(table) for name, table in {**made, **dropped}.items()})

    def place(each: Any) -> tuple[int, int]:
        name = each.table_name
        if name in made:
            return MAKE, ranks[name]
        return (DROP, -ranks[name]) if name in dropped else (CHANGE, 0)

    # Indexes and constraints are dropped with their table.
    others = [each for each in found if each.table_name not in dropped]
    changes = [change for each in others for change in _split(each)]
    part.ops = sorted([*changes, *gone], key=place)
    for each in part.ops:
        if isinstance(each, ops.ModifyTableOps):
            each.ops.sort(key=lambda change: not _drops_foreign_key(change))


def _split(change: Any) -> list[Any]:
    """Move indexes on expressions out of a batch: batches do not know them on SQLite."""
    if not isinstance(change, ops.ModifyTableOps):
        return [change]
    apart = [each for each in change.ops if _is_on_expression(each)]
    change.ops = [each for each in change.ops if each not in apart]
    drops = [each for each in apart if isinstance(each, ops.DropIndexOp)]
    creates = [each for each in apart if isinstance(each, ops.CreateIndexOp)]
    return [*drops, *([change] if change.ops else []), *creates]


def _is_on_expression(change: ops.MigrateOperation) -> bool:
    return isinstance(change, ops.CreateIndexOp | ops.DropIndexOp) and not all(
        isinstance(part, Column) for part in change.to_index().expressions
    )


def _referred(table: ops.CreateTableOp) -> set[str]:
    """Return the tables that this table refers to by foreign keys."""
    keys = [each for each in table.columns if isinstance(each, ForeignKeyConstraint)]
    return {element.target_fullname.split(".")[0] for key in keys for element in key.elements}


def _ranks(referred: dict[str, set[str]]) -> dict[str, int]:
    """Map each table to its position, after the tables it refers to (cycles are cut)."""
    ranks: dict[str, int] = {}
    begun = set()

    def visit(table: str) -> None:
        if table not in begun:
            begun.add(table)
            for other in sorted(referred.get(table, ())):
                visit(other)
            ranks[table] = len(ranks)

    for table in sorted(referred):
        visit(table)
    return ranks


def _drops_foreign_key(change: ops.MigrateOperation) -> bool:
    return isinstance(change, ops.DropConstraintOp) and change.constraint_type == "foreignkey"
