"""Database sessions for reading and for writing, one per unit of work."""

import asyncio
import logging
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import asynccontextmanager
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.asyncio import async_sessionmaker

from app.kit.config.database import DatabaseSettings
from app.kit.db.engine import SQLITE_BEGIN
from app.kit.db.engine import make_engine
from app.kit.db.engine import uses_transaction_pooling
from app.kit.db.errors import to_domain_error
from app.kit.db.errors import unavailable_error
from app.kit.db.revisions import is_at_head
from app.kit.db.revisions import is_outdated
from app.kit.exceptions import Unavailable

READ_OPTIONS: dict[str, dict[str, Any]] = {
    # Single statements need no transaction: this saves the round trips of BEGIN and ROLLBACK.
    # With the MySQL drivers, switching would cost more than it saves.
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
    "sqlite": {SQLITE_BEGIN: ""},
}
WRITE_OPTIONS = {SQLITE_BEGIN: "BEGIN IMMEDIATE"}
CLOSE_TIMEOUT_SECONDS = 5

logger = logging.getLogger(__name__)


class Database:
    """The engine of the process, and its sessions."""

    def __init__(self, settings: DatabaseSettings, *, echo: bool = False) -> None:
        self._settings = settings
        self.engine = make_engine(settings, echo=echo)
        options = READ_OPTIONS.get(self.engine.dialect.name, {})
        if uses_transaction_pooling(make_url(settings.database_url)):
            options = {}  # only a transaction pins all statements to one server connection
        reading = self.engine.execution_options(**options)
        writing = self.engine.execution_options(**WRITE_OPTIONS)
        # SQLite allows one writer at a time, and its busy handler polls only every 100 ms.
        self._write_lock = asyncio.Lock() if self.engine.dialect.name == "sqlite" else None
        self._lock_timeout = settings.database_busy_timeout_seconds
        self._transaction_timeout = settings.database_transaction_timeout_seconds
        self.commit_listeners: list[Callable[[AsyncSession], None]] = []
        self._readers = async_sessionmaker(reading, expire_on_commit=False)
        self._writers = async_sessionmaker(writing, expire_on_commit=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Yield a session for reading; changes are rolled back.

        Raises:
            Unavailable: the database does not respond in time.
        """
        with _domain_errors():
            async with (
                asyncio.timeout(self._transaction_timeout),
                self._open(self._readers) as session,
            ):
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Yield a session that is committed at the end, or rolled back on any error.

        On SQLite it takes the write lock at the start.

        Raises:
            Conflict: a unique or foreign key constraint was violated.
            InvalidInput: a value does not fit into its column, such as a number that is too large.
            Unavailable: the database does not respond in time, or is locked for too long.
        """
        with _domain_errors():
            async with (
                asyncio.timeout(self._transaction_timeout),
                self._exclusive_write(),
                self._open(self._writers) as session,
            ):
                yield session
                await session.commit()
                for listener in self.commit_listeners:
                    listener(session)

    @asynccontextmanager
    async def _open(
        self, sessions: async_sessionmaker[AsyncSession]
    ) -> AsyncIterator[AsyncSession]:
        """Yield a connected session; at the end, roll back and release the connection."""
        session = sessions()
        try:
            await _connect(session)
            yield session
        finally:
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                    await session.close()
            except TimeoutError:  # the connection is lost; committed changes are kept
                logger.warning("the database did not respond while a connection was released")

    @asynccontextmanager
    async def _exclusive_write(self) -> AsyncIterator[None]:
        if self._write_lock is None:
            yield
            return
        try:
            async with asyncio.timeout(self._lock_timeout):
                await self._write_lock.acquire()
        except TimeoutError:
            raise unavailable_error() from None
        try:
            yield
        finally:
            self._write_lock.release()

    async def ping(self, timeout_seconds: float) -> None:
        """Check that the database responds.

        Raises:
            Unavailable: it does not respond in time.
        """
        try:
            async with asyncio.timeout(timeout_seconds), self.read() as session:
                await session.execute(text("SELECT 1"))
        except TimeoutError:
            raise unavailable_error() from None

    async def migrate(self) -> bool:
        """Migrate to the latest revision; return whether any revision was applied."""
        if await is_at_head(self.engine):
            return False
        from app.kit.db.migrate import migrate  # Alembic is slow to import

        return await migrate(self._settings)

    async def is_outdated(self) -> bool:
        """Return whether the database responds and is not at the latest revision."""
        return await is_outdated(self.engine)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def _connect(session: AsyncSession) -> None:
    try:
        await session.connection()
    except PoolTimeoutError:
        raise
    except (OSError, SQLAlchemyError) as error:  # no statement has been sent yet
        raise unavailable_error() from error


@contextmanager
def _domain_errors() -> Iterator[None]:
    """Convert database errors to domain errors; errors of the code are raised unchanged."""
    try:
        yield
    except PoolTimeoutError:
        detail = "All connections to the database are in use."
        logger.warning(detail)
        raise Unavailable(f"{detail} Try again soon.", code="database_busy") from None
    except TimeoutError as error:
        raise unavailable_error() from error
    except DBAPIError as error:
        if domain_error := to_domain_error(error):
            raise domain_error from error
        raise
