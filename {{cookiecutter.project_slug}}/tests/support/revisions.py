"""New revisions as Alembic writes them, without files."""

from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.autogenerate import render_python_code
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations import ops
from sqlalchemy import Connection
from sqlalchemy import MetaData

from app.kit.db import sqlite_batch  # noqa: F401
from app.kit.db import types
from app.kit.db.autogenerate import autogenerate_options
from app.kit.db.autogenerate import render_item


def write_revision(connection: Connection, metadata: MetaData) -> tuple[str, str]:
    """Return the code of an upgrade to these tables, and of the way back."""
    options = autogenerate_options(metadata)
    context = MigrationContext.configure(connection, opts=options)
    script = produce_migrations(context, metadata)
    options["process_revision_directives"](context, (), [script])
    upgrade, downgrade = script.upgrade_ops, script.downgrade_ops
    assert upgrade is not None
    assert downgrade is not None
    return _code(upgrade, context), _code(downgrade, context)


def run_revision(connection: Connection, code: str) -> None:
    """Run what was written."""
    context = MigrationContext.configure(connection)
    exec(code.replace("\n    ", "\n"), {"op": Operations(context), "sa": sa, "types": types})  # noqa: S102


def _code(part: ops.UpgradeOps | ops.DowngradeOps, context: MigrationContext) -> str:
    options: dict[str, Any] = {"render_as_batch": True, "render_item": render_item}
    return render_python_code(part, migration_context=context, **options)
