"""Whether the database is at the newest revision, found out without loading Alembic.

To load Alembic takes longer than the rest of a start, and mostly there is nothing for it to do.
"""

import re
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

VERSIONS = Path(__file__).parent / "migrations" / "versions"
REVISION = re.compile(r"^revision\b[^=\n]*=\s*[\"'](\w+)[\"']", re.MULTILINE)
DOWN_REVISION = re.compile(r"^down_revision\b[^=\n]*=(.*)$", re.MULTILINE)
NAME = re.compile(r"[\"'](\w+)[\"']")


async def is_newest(engine: AsyncEngine) -> bool:
    """Whether there is surely nothing to migrate; in doubt it says no."""
    statement = text("SELECT version_num FROM alembic_version")
    try:
        async with engine.connect() as connection:
            current = set(await connection.scalars(statement))
    except (DBAPIError, OSError):  # no such table, say
        return False
    return current == newest_revisions(VERSIONS)


def newest_revisions(folder: Path) -> set[str] | None:
    """The revisions that no other follows; None if a file does not say which revision it is."""
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
