"""Preserves SQLite triggers and indexes on expressions, which SQLAlchemy does not reflect.

Alembic alters a SQLite table by recreating it, and would lose them.
"""

from typing import Any

from alembic.ddl.sqlite import SQLiteImpl
from sqlalchemy import Column
from sqlalchemy import Index
from sqlalchemy import Table
from sqlalchemy import text

EXISTING_INDEXES = text("SELECT name FROM sqlite_master WHERE type = 'index'")
# An expression in an index has no column name.
NOT_REFLECTED = text(
    "SELECT sql FROM sqlite_master AS made WHERE tbl_name = :table AND (type = 'trigger' OR ("
    "type = 'index' AND EXISTS (SELECT 1 FROM pragma_index_info(made.name) WHERE name IS NULL)))"
)


class CompleteSQLiteImpl(SQLiteImpl):
    """Recreates triggers and indexes. Alembic uses the last class defined for a dialect."""

    __dialect__ = "sqlite"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._dropped: dict[str, list[str]] = {}

    def correct_for_autogen_constraints(
        self, _uniques: Any, _indexes: Any, _metadata_uniques: Any, metadata_indexes: set[Index]
    ) -> None:
        """Treat an existing index on an expression as unchanged, because it cannot be compared."""
        assert self.connection is not None
        existing = set(self.connection.scalars(EXISTING_INDEXES))
        for index in list(metadata_indexes):
            if index.name in existing and not all(isinstance(e, Column) for e in index.expressions):
                metadata_indexes.discard(index)

    def drop_table(self, table: Table, **options: Any) -> None:
        """Drop a table, and remember its triggers and indexes."""
        assert self.connection is not None
        found = self.connection.scalars(NOT_REFLECTED, {"table": table.name})
        self._dropped[table.name] = list(found)
        super().drop_table(table, **options)

    def rename_table(self, old_table_name: str, new_table_name: Any, schema: Any = None) -> None:
        """Rename a table; restore the triggers and indexes of the dropped table it replaces."""
        super().rename_table(old_table_name, new_table_name, schema)
        for statement in self._dropped.pop(str(new_table_name), ()):
            self._exec(text(statement.replace(":", "\\:")))
