"""Options for Alembic's autogenerate: new revisions run on every engine, up and down.

Only ``migration_env.py`` imports this module.
"""

import re
from typing import Any
from typing import Literal

from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations import ops
from alembic.util import CommandError
from sqlalchemy import CHAR
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import DateTime
from sqlalchemy import DefaultClause
from sqlalchemy import Enum
from sqlalchemy import MetaData
from sqlalchemy import String
from sqlalchemy import TypeDecorator
from sqlalchemy import Uuid
from sqlalchemy.types import TypeEngine

from app.kit.db import revisions
from app.kit.db import types
from app.kit.db.revision_order import sort_operations
from app.kit.db.server_defaults import compare_server_default
from app.kit.db.server_defaults import render_server_default

CHARSET = "utf8mb4"
"""Full Unicode in MySQL, whatever the default of the server is."""

NO_CHANGES = "The models match the database: there is nothing to migrate, so no file was written."

UUID_DIGITS = 32
NAMED_TABLES = re.compile(
    r"\b(?:create|rename)_table\(\s*[\"'](\w+)[\"'](?:,\s*[\"'](\w+)[\"'])?"
    r"|\bCREATE TABLE (?:IF NOT EXISTS )?[\"`]?(\w+)",
    re.IGNORECASE,
)
"""Matches the names of tables that a revision creates or renames."""


def autogenerate_options(metadata: MetaData) -> dict[str, Any]:
    """Return the options of ``context.configure`` for autogenerate."""
    own = {*metadata.tables, *_made_tables()}

    def include_name(name: str | None, kind: str, _parents: object) -> bool:
        """Exclude tables of other programs, such as those of PostGIS."""
        return kind != "table" or name in own

    return {
        "target_metadata": use_utf8mb4(metadata),
        "include_name": include_name,
        "compare_type": True,
        "compare_server_default": compare_server_default,
        "render_item": render_item,
        "process_revision_directives": process_revision_directives,
        "render_as_batch": True,  # SQLite cannot alter tables in place
    }


def _made_tables() -> set[str]:
    """Return the tables that existing revisions create or rename."""
    sources = [file.read_text(encoding="utf-8") for file in revisions.VERSIONS.glob("*.py")]
    found = [name for source in sources for name in NAMED_TABLES.findall(source)]
    return {name for names in found for name in names if name}


def use_utf8mb4(metadata: MetaData) -> MetaData:
    """Set the character set of every table in MySQL.

    Setting it in the models would load the MySQL dialect at every start.
    """
    for table in metadata.tables.values():
        for engine in ("mysql", "mariadb"):
            table.dialect_options[engine]["charset"] = CHARSET
    return metadata


def render_item(kind: str, value: object, autogenerate: AutogenContext) -> str | Literal[False]:
    """Render column types and defaults so that they work on every engine."""
    if kind == "server_default" and isinstance(value, DefaultClause) and value.column is not None:
        return render_server_default(value, _generic_type(value.column.type))
    if kind != "type":
        return False
    if isinstance(value, Enum) and not value.native_enum and not value.create_constraint:
        return f"sa.String(length={value.length})"
    if type(value).__module__ != types.__name__:
        return False
    autogenerate.imports.add("from app.kit.db import types")
    length = value.length if isinstance(value, types.ExactString) else ""
    return f"types.{type(value).__name__}({length})"


def process_revision_directives(
    context: MigrationContext, _revision: object, scripts: list[ops.MigrationScript]
) -> None:
    """Sort the operations and replace types, so that they work on every engine.

    Raises:
        CommandError: ``alembic revision --autogenerate`` has found nothing to do.
    """
    options = context.config and context.config.cmd_opts
    for script in scripts:
        found = script.upgrade_ops
        if getattr(options, "autogenerate", False) and found and found.is_empty():
            raise CommandError(NO_CHANGES)
        for part in (script.upgrade_ops, script.downgrade_ops):
            if part is not None:
                sort_operations(part)
                _use_generic_types(part, undo=part is script.downgrade_ops)


def _use_generic_types(part: ops.OpContainer, *, undo: bool) -> None:
    """Replace reflected, engine-specific types by generic ones."""
    for each in part.ops:
        if isinstance(each, ops.ModifyTableOps):
            _use_generic_types(each, undo=undo)
        elif isinstance(each, ops.AlterColumnOp):
            _use_generic_type_of(each, undo=undo)
        elif undo and isinstance(each, ops.AddColumnOp):
            each.column.type = _generic_type(each.column.type)
        elif undo and isinstance(each, ops.CreateTableOp):
            each.kw = {f"{engine}_charset": CHARSET for engine in ("mysql", "mariadb")}
            for column in each.columns:
                if isinstance(column, Column):
                    column.type = _generic_type(column.type)


def _use_generic_type_of(change: ops.AlterColumnOp, *, undo: bool) -> None:
    if undo and change.modify_type is not None:
        change.modify_type = _generic_type(change.modify_type)
    elif change.existing_type is not None:
        change.existing_type = _generic_type(change.existing_type)


def _generic_type(read: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type that a model would declare for this reflected type."""
    if isinstance(read, TypeDecorator):
        return read  # already declared by a model
    if isinstance(read, Uuid) or (isinstance(read, CHAR) and read.length == UUID_DIGITS):
        return Uuid()
    if isinstance(read, DateTime):
        return types.UtcDateTime()
    if isinstance(read, String) and read.length and read.collation in types.EXACT.values():
        return types.ExactString(read.length)
    if isinstance(read, String):
        return String(read.length) if read.length else types.LongText()
    if type(read).__name__ == "TINYINT":
        return Boolean()
    try:
        return read.as_generic(allow_nulltype=True)
    except NotImplementedError:  # only one engine has such a type
        return read
