"""The order of what a new revision does: nothing is dropped while something refers to it.

SQLite takes any order, and Alembic finds one that suits only some engines.
"""

from typing import Any

from alembic.operations import ops
from sqlalchemy import ForeignKeyConstraint

MAKE, CHANGE, DROP = range(3)


def put_in_order(part: ops.OpContainer) -> None:
    """Make tables, change tables, drop tables; and of a table drop the foreign keys first."""
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

    # What a table has is dropped with it.
    others = [each for each in found if each.table_name not in dropped]
    part.ops = sorted([*others, *gone], key=place)
    for each in part.ops:
        if isinstance(each, ops.ModifyTableOps):
            each.ops.sort(key=lambda change: not _drops_foreign_key(change))


def _referred(table: ops.CreateTableOp) -> set[str]:
    """The tables that this one has foreign keys to."""
    keys = [each for each in table.columns if isinstance(each, ForeignKeyConstraint)]
    return {element.target_fullname.split(".")[0] for key in keys for element in key.elements}


def _ranks(referred: dict[str, set[str]]) -> dict[str, int]:
    """Table -> its place, behind those that it refers to unless they refer to it, too."""
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
