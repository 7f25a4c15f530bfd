"""Deletes ended sessions and obsolete tokens once a day."""

import asyncio
import logging
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import asynccontextmanager
from contextlib import suppress
from datetime import timedelta

from app.core.config.auth import AuthSettings
from app.kit.db.unit_of_work import UnitOfWork
from app.repositories.accounts import AccountRepositories
from app.utils.clock import utc_now

BATCH_SIZE = 1000
START_DELAY_SECONDS = 30
INTERVAL_SECONDS = 24 * 60 * 60

logger = logging.getLogger(__name__)


class SessionSweep:
    """Deletes rows in batches, each in its own transaction.

    Every worker process runs it. A batch skips rows that another process has locked.
    """

    def __init__(self, uow: UnitOfWork[AccountRepositories], settings: AuthSettings) -> None:
        self._uow = uow
        self._token_age = timedelta(days=settings.refresh_token_days)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sweep soon after the start and then once a day, inside the context."""
        task = asyncio.create_task(self._run_daily())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def run(self) -> int:
        """Delete all ended sessions and obsolete rows, and return the number of rows."""
        now = utc_now()
        return (
            await self._drain(lambda rows: rows.tokens.delete_ended(now, BATCH_SIZE))
            + await self._drain(
                lambda rows: rows.tokens.delete_superseded(now - self._token_age, BATCH_SIZE)
            )
            + await self._drain(lambda rows: rows.sessions.delete_ended(now, BATCH_SIZE))
            + await self._drain(lambda rows: rows.known_ips.delete_expired(now, BATCH_SIZE))
        )

    async def _run_daily(self) -> None:
        await asyncio.sleep(START_DELAY_SECONDS)
        while True:
            try:
                logger.info("deleted %d rows of ended sessions", await self.run())
            except Exception:
                logger.exception("ended sessions could not be deleted")
            await asyncio.sleep(INTERVAL_SECONDS)

    async def _drain(self, delete_batch: Callable[[AccountRepositories], Awaitable[int]]) -> int:
        total = 0
        while True:
            async with self._uow.write() as accounts:
                deleted = await delete_batch(accounts)
            total += deleted
            if deleted < BATCH_SIZE:
                return total
