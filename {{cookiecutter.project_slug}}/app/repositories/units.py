"""Short units of work, for services that wait for something in between.

A service that waits must hold no connection meanwhile. So it receives no session, but this: it
opens a unit, looks up, closes it, waits, and opens another.
"""

from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Generic
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.database import Database

R = TypeVar("R")


class Units(Generic[R]):
    """Opens units of work; each hands out the repositories that ``build`` makes on its session."""

    def __init__(self, database: Database, build: Callable[[AsyncSession], R]) -> None:
        self._database = database
        self._build = build

    @asynccontextmanager
    async def read(self) -> AsyncIterator[R]:
        """Repositories for reading."""
        async with self._database.read() as session:
            yield self._build(session)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[R]:
        """Repositories for writing: committed at the end, rolled back on any error."""
        async with self._database.write() as session:
            yield self._build(session)
