"""Error messages of failed migrations: the file, the reason, and what was changed."""

import re
import textwrap
import traceback
from collections.abc import Collection
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from app.kit.db import revisions

LOCK_ERRORS: set[object] = {"55P03", "40P01", 1205, 1213}
"""Lock time-outs and deadlocks: codes of PostgreSQL and MySQL."""

CHANGES_TABLES = re.compile(r"\s*(ALTER|CREATE|DROP|RENAME|TRUNCATE)\b", re.IGNORECASE)
CHANGES_NOTHING = re.compile(
    r"\s*(SELECT|SHOW|DESC|DESCRIBE|EXPLAIN|PRAGMA|SET|BEGIN|SAVEPOINT|RELEASE)\b"
    r"|.*\balembic_version\b",
    re.IGNORECASE | re.DOTALL,
)
SHOWN_CHARACTERS = 100

REPAIR = "Correct this file. Or delete it, correct the model, and create the migration again."
NEEDS_DEFAULT = re.compile(r"NOT NULL column with default value NULL|contains null values")
DEFAULT_HINT = (
    "A new column that rejects NULL needs a default for the existing rows, such as "
    'mapped_column(server_default="0")'
)


class MigrationFailedError(CommandError):
    """A migration failed; the message names the place, the reason, and remaining changes."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class MigrationJournal:
    """Records the statements of the current migration, and those that cannot be rolled back.

    MySQL commits before and after DDL, PostgreSQL in an ``autocommit_block``.
    """

    def __init__(self, connection: Connection) -> None:
        self._engine = connection.dialect.name
        self._revision = ""
        self._finished = ""
        self._done: list[str] = []
        self._kept: list[str] = []
        event.listen(connection, "before_cursor_execute", self._before)
        event.listen(connection, "after_cursor_execute", self._after)
        event.listen(connection, "commit", self._commit)

    def finish(self, ctx: Any, step: Any, heads: Collection[Any], run_args: Any) -> None:
        """Record that a migration has run; it is complete when it is committed."""
        self._finished = ", ".join(sorted(heads)) or "base"

    def failure(self, error: Exception) -> MigrationFailedError:
        """Return the error to raise for a failed migration."""
        message = f"{describe_error(error)} {self._outcome()}"
        if find_place(error) and not self._kept:
            message += f" {REPAIR}"
        retryable = not self._kept and _has_lock_code(error)
        return MigrationFailedError(message, retryable=retryable)

    def _outcome(self) -> str:
        if self._kept:
            kept = "; ".join(textwrap.shorten(each, SHOWN_CHARACTERS) for each in self._kept)
            return (
                f"These statements cannot be rolled back: {kept}. Revert them by hand before "
                "you start again; if the database is new, drop and recreate it."
            )
        if self._revision:
            return f"The database is at revision {self._revision}; this file changed nothing."
        return "Nothing was changed."

    def _before(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if self._engine == "postgresql":
            # Without a transaction, a failed statement may leave partial changes.
            level = connection.get_execution_options().get("isolation_level")
            if level == "AUTOCOMMIT" and not CHANGES_NOTHING.match(statement):
                self._kept.append(statement)
        elif self._engine != "sqlite" and CHANGES_TABLES.match(statement):
            self._keep()

    def _after(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if CHANGES_NOTHING.match(statement) or statement in self._kept:
            return
        self._done.append(statement)
        if self._engine not in ("sqlite", "postgresql") and CHANGES_TABLES.match(statement):
            self._keep()

    def _commit(self, _connection: Connection) -> None:
        if self._finished:
            self._revision, self._finished = self._finished, ""
            self._done, self._kept = [], []
        else:
            self._keep()

    def _keep(self) -> None:
        self._kept += self._done
        self._done = []


def describe_error(error: Exception) -> str:
    """Return a sentence that names the migration file, the line, and the reason."""
    reason = _reason(error).rstrip(".")
    if NEEDS_DEFAULT.search(reason):
        reason += f". {DEFAULT_HINT}"
    if place := find_place(error):
        return f"The migration {Path(place.filename).name} failed in line {place.lineno}: {reason}."
    return f"The migrations cannot be run: {reason}."


def find_place(error: Exception) -> traceback.FrameSummary | None:
    """Return the line of a migration that raised an error; None if it was raised elsewhere."""
    folder = revisions.VERSIONS.resolve()
    frames = traceback.extract_tb(error.__traceback__)
    return next((f for f in reversed(frames) if Path(f.filename).resolve().parent == folder), None)


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError) and (files := revisions.find_followers(str(error.args[0]))):
        return f"{' and '.join(files)} follows revision {error}, which has no file"
    if not isinstance(error, DBAPIError):
        return f"{type(error).__name__}: {error}"
    code, *message = error.orig.args if error.orig else ("",)
    text = str(message[0]) if isinstance(code, int) and message else str(error.orig)
    text = re.sub(r"^<class '[\w.]+'>: ", "", text).replace("_alembic_tmp_", "")
    return " ".join(text.split())


def _has_lock_code(error: Exception) -> bool:
    original = getattr(error, "orig", None)
    codes = [*getattr(original, "args", ()), getattr(original, "sqlstate", None)]
    return not LOCK_ERRORS.isdisjoint(codes)
