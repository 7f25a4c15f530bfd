"""How Alembic runs migrations; only ``migrations/env.py`` imports this module."""

import asyncio
import warnings
from collections.abc import Callable
from contextlib import nullcontext

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError

from app.kit.config.database import DatabaseSettings
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


def run_migrations(metadata: MetaData, load_settings: Callable[[], DatabaseSettings]) -> None:
    """Run the migrations over the connection that Alembic was given.

    The ``alembic`` command gives none; then the settings say how to connect.

    Raises:
        CommandError: the settings are wrong, or the database cannot be reached.
        MigrationFailedError: a migration failed; says where and why.
    """
    given = context.config.attributes.get("connection")
    if given is not None:
        _run(given, metadata)
        return
    try:
        asyncio.run(_connect_and_run(load_settings(), metadata))
    except StartupError as error:
        raise CommandError(str(error)) from error


async def _connect_and_run(settings: DatabaseSettings, metadata: MetaData) -> None:
    engine = migration_engine(settings)
    try:
        await check_connection(engine)
        seconds = settings.database_migration_lock_timeout_seconds
        async with migration_lock(engine, seconds) as connection:
            await connection.run_sync(_run, metadata)
    finally:
        await engine.dispose()


def _run(connection: Connection, metadata: MetaData) -> None:
    journal = MigrationJournal(connection)
    context.configure(
        connection=connection,
        transaction_per_migration=True,
        on_version_apply=journal.finish,
        **autogenerate_options(metadata),
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
