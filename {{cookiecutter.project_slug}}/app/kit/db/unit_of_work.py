"""Short units of work, for services that do slow work between two transactions.

Such a service must not hold a connection while it waits. It receives a UnitOfWork instead of a
session: it reads in one unit, closes it, waits, and writes in another.
"""

from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Generic
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.database import Database

R = TypeVar("R")


class UnitOfWork(Generic[R]):
    """Opens units of work; each yields the repositories that ``build`` creates on its session."""

    def __init__(self, database: Database, build: Callable[[AsyncSession], R]) -> None:
        self._database = database
        self._build = build

    @asynccontextmanager
    async def read(self) -> AsyncIterator[R]:
        """Yield repositories for reading."""
        async with self._database.read() as session:
            yield self._build(session)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[R]:
        """Yield repositories for writing; commit at the end, roll back on any error."""
        async with self._database.write() as session:
            yield self._build(session)
