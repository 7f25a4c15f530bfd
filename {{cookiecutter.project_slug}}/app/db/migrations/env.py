"""How Alembic reaches the database: over the connection it is given, else over one of its own."""

import asyncio
import warnings
from contextlib import nullcontext

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

import app.models  # noqa: F401  (so that autogenerate sees every table)
from app.core.config import load_settings
from app.db.base import Base
from app.kit.db import sqlite_batch  # noqa: F401
from app.kit.db.autogenerate import autogenerate_options
from app.kit.db.locks import migration_lock
from app.kit.db.migrate import check_connection
from app.kit.db.migrate import migration_engine
from app.kit.db.migration_errors import MigrationJournal
from app.kit.db.migration_errors import find_place
from app.kit.exceptions import StartupError

OUTDATED = "Target database is not up to date."
"""What ``alembic revision --autogenerate`` and ``alembic check`` say before they compare."""

OUTDATED_HINT = (
    "The database lacks the newest migration, so it cannot be compared with the models. "
    "Run this first: uv run app migrate"
)


def run(connection: Connection) -> None:
    """Run the migrations over this connection.

    Raises:
        MigrationFailedError: one of them failed; says where and why.
    """
    journal = MigrationJournal(connection)
    context.configure(
        connection=connection,
        transaction_per_migration=True,
        on_version_apply=journal.finish,
        **autogenerate_options(Base.metadata),
    )
    if connection.dialect.name == "sqlite":  # everything in one transaction, which is the lock
        context.get_context().autocommit_block = nullcontext  # type: ignore[method-assign,assignment]
    # sqlite_batch.py takes care of these.
    warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
    try:
        with context.begin_transaction():
            context.run_migrations()
    except CommandError as error:
        if str(error) == OUTDATED:
            raise CommandError(OUTDATED_HINT) from error
        raise
    except Exception as error:
        if isinstance(error, DBAPIError) or find_place(error):
            raise journal.failure(error) from error
        raise


async def run_alone() -> None:
    """Connect as the settings say; this is what the ``alembic`` command does."""
    settings = load_settings()
    engine = migration_engine(settings)
    try:
        await check_connection(engine)
        seconds = settings.database_migration_lock_timeout_seconds
        async with migration_lock(engine, seconds) as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    try:
        asyncio.run(run_alone())
    except StartupError as error:
        raise CommandError(str(error)) from error
