"""Checks whether the database is at the latest revision, without importing Alembic.

Importing Alembic takes longer than the rest of the start, and is rarely needed.
"""

import re
import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db.engine import check_sqlite_file
from app.kit.project_metadata import ROOT

MIGRATIONS = ROOT / "app" / "db" / "migrations"
VERSIONS = MIGRATIONS / "versions"
REVISION = re.compile(r"^revision\b[^=\n]*=\s*[\"'](\w+)[\"']", re.MULTILINE)
DOWN_REVISION = re.compile(r"^down_revision\b[^=\n]*=(.*)$", re.MULTILINE)
WORD = re.compile(r"\w+")
NAME = re.compile(r"[\"'](\w+)[\"']")


async def is_at_head(engine: AsyncEngine) -> bool:
    """Return whether the database is at the latest revision; False if this is unknown."""
    try:
        return await _current_revisions(engine) == newest_revisions(VERSIONS)
    except (DBAPIError, OSError, sqlite3.Error):
        return False


async def is_outdated(engine: AsyncEngine) -> bool:
    """Return whether the database lacks a revision; False if this is unknown."""
    try:
        return await _current_revisions(engine) != newest_revisions(VERSIONS)
    except (DBAPIError, OSError, sqlite3.Error):
        return False


async def _current_revisions(engine: AsyncEngine) -> set[str]:
    statement = text("SELECT version_num FROM alembic_version")
    check_sqlite_file(engine)
    async with engine.connect() as connection:
        try:
            return set(await connection.scalars(statement))
        except DBAPIError:  # for example, the table does not exist
            return set()


def newest_revisions(folder: Path) -> set[str] | None:
    """Return the head revisions; None if a file does not define ``revision``."""
    revisions, followed = set[str](), set[str]()
    for file in folder.glob("*.py"):
        content = file.read_text(encoding="utf-8")
        revision = REVISION.search(content)
        if revision is None:
            return None
        revisions.add(revision[1])
        for line in DOWN_REVISION.findall(content):
            followed.update(NAME.findall(line))
    return revisions - followed


def find_files(revision: str) -> list[str]:
    """Return the names of the files that define this revision."""
    return _find(REVISION, revision)


def find_followers(revision: str) -> list[str]:
    """Return the names of the files whose ``down_revision`` is this one."""
    return _find(DOWN_REVISION, revision)


def _find(line: re.Pattern[str], revision: str) -> list[str]:
    files = sorted(VERSIONS.glob("*.py"))
    found = {file.name: line.search(file.read_text(encoding="utf-8")) for file in files}
    return [name for name, match in found.items() if match and revision in WORD.findall(match[1])]
