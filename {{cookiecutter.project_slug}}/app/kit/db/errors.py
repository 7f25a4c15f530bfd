"""Converts database errors to domain errors.

Every engine has its own error codes: SQLSTATE on PostgreSQL
(https://www.postgresql.org/docs/current/errcodes-appendix.html), numbers on MySQL and MariaDB,
names on SQLite.
"""

import sqlite3
from typing import Any

from sqlalchemy.exc import DataError
from sqlalchemy.exc import DBAPIError

from app.kit.exceptions import Conflict
from app.kit.exceptions import DomainError
from app.kit.exceptions import InvalidInput
from app.kit.exceptions import Unavailable

CONFLICTS = {
    *("23001", "23503", "23505", "23P01"),
    *(1062, 1216, 1217, 1451, 1452, 1557),
    *("SQLITE_CONSTRAINT_FOREIGNKEY", "SQLITE_CONSTRAINT_TRIGGER"),
    *("SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID", "SQLITE_CONSTRAINT_UNIQUE"),
}
"""Violations of unique and foreign key constraints."""

UNSTORABLE = ("22",)
"""The SQLSTATE class for values that do not fit into a column or the database encoding."""

POOLED = ("26000", "42P05")
"""SQLSTATE of prepared statements that are missing, or exist already, behind a pooler."""

POOLED_HINT = "A pooler shares server connections: add ?pgbouncer=true to DATABASE_URL."

MISSING = ("42P01", "42703", 1054, 1146)
MISSING_SQLITE = ("no such table", "no such column", "has no column named")
"""Missing tables and columns."""

MISSING_HINT = (
    "The tables do not match the models: write a migration (uv run alembic revision "
    "--autogenerate -m change), and run it (uv run app migrate)."
)

TEMPORARY = ("08", "25006", "40", "53", "55P03", "57", "58")
"""Prefixes of SQLSTATE: connection, failover, deadlock, resources, lock, cancelled, system."""

TEMPORARY_NUMBERS = {
    *(1021, 1037, 1040, 1041, 1053, 1114, 1129, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226),
    *(1290, 1317, 1836, 1927, 1969, 3024, 4031),
    *range(2000, 2100),  # client errors: the connection
}
TEMPORARY_SQLITE = {
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL),
    sqlite3.SQLITE_CANTOPEN,
}


def unavailable_error() -> Unavailable:
    """Return the error for a database that does not respond."""
    return Unavailable("The database does not answer. Try again soon.", code="database_unavailable")


def to_domain_error(error: DBAPIError) -> DomainError | None:
    """Return the error for the client, or None if the statement itself is wrong.

    An example is a column that does not exist: neither a retry nor another request would help.
    """
    code = _code(error.orig)
    if code in CONFLICTS:
        return Conflict("This conflicts with data that is already stored.")
    if isinstance(error, DataError) or str(code).startswith(UNSTORABLE):
        return InvalidInput(
            "body", "The database cannot store one of these values.", code="unstorable_value"
        )
    if code in POOLED:
        error.add_note(POOLED_HINT)
        return unavailable_error()
    if error.connection_invalidated or _is_temporary(error.orig, code):
        return unavailable_error()
    if _is_missing(error.orig, code):
        error.add_note(MISSING_HINT)
    return None


def _is_missing(error: Any, code: str | int | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return any(words in str(error) for words in MISSING_SQLITE)
    return code in MISSING


def _code(error: Any) -> str | int | None:
    """Return the error code of the engine."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", None)
    arguments = getattr(error, "args", ())
    if arguments and isinstance(arguments[0], int):
        return arguments[0]
    return getattr(error, "sqlstate", None)


def _is_temporary(error: Any, code: str | int | None) -> bool:
    if isinstance(error, sqlite3.Error):
        extended: int = getattr(error, "sqlite_errorcode", 0)
        return extended & 0xFF in TEMPORARY_SQLITE
    if isinstance(code, int):
        return code in TEMPORARY_NUMBERS
    return str(code).startswith(TEMPORARY)
