"""Brings the database to the newest revision, when several processes start at once too.

The revisions are in ``migrations/versions``; ``alembic revision --autogenerate`` writes new ones.
"""

import logging
import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.exceptions import StartupError
from app.db.locks import migration_lock

HALF_MIGRATED = (
    "A migration failed: {}. MySQL keeps what it had done up to there, so undo that by hand before "
    "you start again; if the database is new, drop it and create it again."
)

logger = logging.getLogger(__name__)


async def migrate(engine: AsyncEngine) -> bool:
    """Run the revisions that the database lacks, under a lock; whether there were any.

    Raises:
        StartupError: the database cannot be reached, or is at a revision that this code does not
            know, or MySQL is left with half a migration.
    """
    await _reach(engine)
    async with migration_lock(engine) as connection:
        return await connection.run_sync(_upgrade)


async def _reach(engine: AsyncEngine) -> None:
    try:
        if engine.dialect.name == "sqlite":
            _open_file(engine)
        async with engine.connect():
            pass
    except (DBAPIError, OSError, TypeError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", error))
        raise StartupError(
            f"The database at {engine.url} cannot be used: {reason}. "
            "Is it running, and is DATABASE_URL right?"
        ) from error


def _open_file(engine: AsyncEngine) -> None:
    """Fail here: where the driver fails, its thread adds a traceback of its own now and then."""
    arguments, options = engine.dialect.create_connect_args(engine.url)
    connect: Any = sqlite3.connect
    connect(*arguments, **options).close()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for migrating over an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> bool:
    config = alembic_config(connection)
    scripts = ScriptDirectory.from_config(config)
    current = set(MigrationContext.configure(connection).get_current_heads())
    known = {script.revision for script in scripts.walk_revisions()}
    if unknown := current - known:
        raise StartupError(
            f"The database is at revision {', '.join(sorted(unknown))}, which this version of the "
            "application does not know: start the newer version, or restore an older database."
        )
    if current == set(scripts.get_heads()):
        return False
    try:
        command.upgrade(config, "heads")
    except DBAPIError as error:
        if connection.dialect.name in ("mysql", "mariadb"):
            raise StartupError(HALF_MIGRATED.format(error.orig)) from error
        raise
    logger.info("database migrated from %s to %s", current or "empty", set(scripts.get_heads()))
    return True
