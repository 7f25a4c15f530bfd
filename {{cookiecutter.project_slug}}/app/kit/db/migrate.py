"""Migrates the database to the latest revision, even if several processes start at once.

The revisions are in ``migrations/versions``; ``alembic revision --autogenerate`` writes new ones.
"""

import asyncio
import logging
import sqlite3
import warnings
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.config.database import DatabaseSettings
from app.kit.db import revisions
from app.kit.db.engine import check_sqlite_file
from app.kit.db.engine import make_engine
from app.kit.db.locks import migration_lock
from app.kit.db.migration_errors import MigrationFailedError
from app.kit.db.migration_errors import describe_error
from app.kit.exceptions import StartupError

LOCK_ATTEMPTS = 5
PAUSE_SECONDS = 2

logger = logging.getLogger(__name__)


def migration_engine(settings: DatabaseSettings) -> AsyncEngine:
    """Return an engine for migrations: on PostgreSQL, the lock needs its own connection."""
    return make_engine(settings.model_copy(update={"database_pool_size": 2}))


async def migrate(settings: DatabaseSettings) -> bool:
    """Apply missing revisions under a lock; return whether there were any.

    Raises:
        StartupError: the database cannot be reached, or is at a revision that this code does not
            know, or a migration failed.
    """
    engine = migration_engine(settings)
    try:
        await check_connection(engine)
        return await _migrate(engine, settings.database_migration_lock_timeout_seconds)
    except CommandError as error:
        raise StartupError(str(error)) from error
    except DBAPIError as error:
        raise StartupError(describe_error(error)) from error
    finally:
        await engine.dispose()


async def _migrate(engine: AsyncEngine, lock_timeout_seconds: float) -> bool:
    """Retry while other transactions use the tables: waiting for their locks would block others."""
    attempt = 1
    while True:
        try:
            async with migration_lock(engine, lock_timeout_seconds) as connection:
                return await connection.run_sync(_upgrade)
        except MigrationFailedError as error:
            if not error.retryable or attempt == LOCK_ATTEMPTS:
                raise
            logger.warning("a table is locked by other transactions; retrying soon: %s", error)
        attempt += 1
        await asyncio.sleep(PAUSE_SECONDS)


async def check_connection(engine: AsyncEngine) -> None:
    """Connect to the database once.

    Raises:
        StartupError: the connection failed; names the reason and the setting to check.
    """
    try:
        check_sqlite_file(engine)
        async with engine.connect():
            pass
    except (DBAPIError, OSError, TypeError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", error))
        raise StartupError(
            f"Cannot connect to the database at {engine.url}: {reason}. {_hint(engine)}"
        ) from error


def _hint(engine: AsyncEngine) -> str:
    if engine.dialect.name != "sqlite":
        return "Is it running, and is DATABASE_URL correct?"
    folder = Path(engine.url.database or "").absolute().parent
    if folder.is_dir():
        return f"Is DATABASE_URL correct, and may the server write to the folder {folder}?"
    return f"The folder {folder} does not exist: create it, or change DATABASE_URL."


def alembic_config(connection: Connection) -> Config:
    """Return the Alembic configuration for an open connection."""
    config = Config()
    folder = str(revisions.MIGRATIONS)
    config.set_main_option("script_location", folder.replace("%", "%%"))  # variables begin with %
    config.set_main_option("version_locations", str(revisions.VERSIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> bool:
    config = alembic_config(connection)
    scripts = ScriptDirectory.from_config(config)
    head, known = _read_revisions(scripts)
    current = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := current - known:
        raise StartupError(
            f"The database is at revision {', '.join(sorted(unknown))}, which this version of the "
            "application does not know: start the newer version, restore its file, or restore "
            "an older database."
        )
    if current == {head}:
        return False
    if connection.dialect.name != "sqlite":  # on SQLite, the transaction is the lock
        connection.rollback()
    command.upgrade(config, "head")
    logger.info("database migrated from %s to %s", ", ".join(sorted(current)) or "empty", head)
    return True


def _read_revisions(scripts: ScriptDirectory) -> tuple[str, set[str]]:
    """Return the head revision, and the set of all revisions.

    Raises:
        StartupError: a file is invalid, or there are several heads.
    """
    try:
        with warnings.catch_warnings():  # an error follows each warning
            warnings.simplefilter("ignore")
            heads = scripts.get_heads()
            known = {script.revision for script in scripts.walk_revisions()}
    except Exception as error:
        raise StartupError(f"{describe_error(error)} Nothing was changed.") from error
    if len(heads) != 1:
        files = [name for head in sorted(set(heads)) for name in revisions.find_files(head)]
        raise StartupError(
            f"Nothing was migrated: each of {', '.join(files)} is the newest migration. Chain "
            "them with down_revision, or run: "
            'uv run alembic merge heads -m "merge"'
        )
    return heads[0], known
