"""Sessions: one unit of work each, for reading or for writing."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Iterator
from contextlib import asynccontextmanager
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DataError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.asyncio import async_sessionmaker

from app.core.config.database import DatabaseSettings
from app.core.exceptions import Unavailable
from app.db.engine import SQLITE_BEGIN
from app.db.engine import make_engine
from app.db.revisions import is_newest

READ_OPTIONS: dict[str, dict[str, Any]] = {
    # One statement needs no transaction around it: this saves the round trips of BEGIN and
    # ROLLBACK. The MySQL drivers would pay more for switching than they save.
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
    "sqlite": {SQLITE_BEGIN: ""},
}
WRITE_OPTIONS = {SQLITE_BEGIN: "BEGIN IMMEDIATE"}
STATEMENT_ERRORS = (DataError, IntegrityError, ProgrammingError)
"""Errors that are the statement's fault; every other one is the connection's."""


class Database:
    """The engine of the process and the sessions on it."""

    def __init__(self, settings: DatabaseSettings, *, echo: bool = False) -> None:
        self.engine = make_engine(settings, echo=echo)
        reading = self.engine.execution_options(**READ_OPTIONS.get(self.engine.dialect.name, {}))
        writing = self.engine.execution_options(**WRITE_OPTIONS)
        # SQLite has one writer at a time, and who waits there asks again only every 100 ms.
        self._turn = asyncio.Lock() if self.engine.dialect.name == "sqlite" else None
        self._longest_wait = settings.database_busy_timeout_seconds
        self._readers = async_sessionmaker(reading, expire_on_commit=False)
        self._writers = async_sessionmaker(writing, expire_on_commit=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; what is changed in it is not kept.

        Raises:
            Unavailable: the database does not answer.
        """
        with _unavailable():
            async with self._readers() as session:
                await _connect(session)
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session that is committed at the end, or rolled back on any error.

        On SQLite it takes the lock for writing at its start.

        Raises:
            Unavailable: the database does not answer, or is locked for too long.
        """
        with _unavailable():
            async with self._writers_turn(), self._writers.begin() as session:
                await _connect(session)
                yield session

    @asynccontextmanager
    async def _writers_turn(self) -> AsyncIterator[None]:
        if self._turn is None:
            yield
            return
        try:
            async with asyncio.timeout(self._longest_wait):
                await self._turn.acquire()
        except TimeoutError:
            raise _no_answer() from None
        try:
            yield
        finally:
            self._turn.release()

    async def ping(self, timeout_seconds: float) -> None:
        """Ask the database for a sign of life.

        Raises:
            Unavailable: there is none in time.
        """
        try:
            async with asyncio.timeout(timeout_seconds), self.read() as session:
                await session.execute(text("SELECT 1"))
        except TimeoutError:
            raise _no_answer() from None

    async def migrate(self) -> bool:
        """Bring the tables to the newest revision; whether there was anything to do."""
        if await is_newest(self.engine):
            return False
        from app.db.migrate import migrate  # loads Alembic, which takes long

        return await migrate(self.engine)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _no_answer() -> Unavailable:
    return Unavailable("The database does not answer. Try again soon.", code="database_unavailable")


async def _connect(session: AsyncSession) -> None:
    try:
        await session.connection()
    except OSError as error:  # a refused connection, an unknown host, a time-out
        raise _no_answer() from error


@contextmanager
def _unavailable() -> Iterator[None]:
    """Tell the errors of the connection from those of a statement."""
    try:
        yield
    except STATEMENT_ERRORS:
        raise
    except (DBAPIError, PoolTimeoutError) as error:
        raise _no_answer() from error
