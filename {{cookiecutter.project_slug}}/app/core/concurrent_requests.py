"""The limit of concurrent requests per account, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from app.core.exceptions import ConcurrencyLimited

WAIT_SECONDS = 5
"""How long a request waits for a slot; an app may send many at once when it starts."""

MAX_WAITING = 100
"""The maximum number of waiting requests per account."""


@dataclass
class _Account:
    slots: asyncio.Semaphore
    requests: int = 0


class ConcurrentRequests:
    """Prevents one account from using every database connection."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._accounts: dict[UUID, _Account] = {}

    @asynccontextmanager
    async def slot(self, user_id: UUID) -> AsyncIterator[None]:
        """Hold a slot of this account inside the context, waiting for one if necessary.

        Raises:
            ConcurrencyLimited: no slot became free in time, or too many requests are waiting.
        """
        account = self._accounts.setdefault(user_id, _Account(asyncio.Semaphore(self._limit)))
        if account.requests >= self._limit + MAX_WAITING:
            raise ConcurrencyLimited
        account.requests += 1
        try:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await account.slots.acquire()
            except TimeoutError:
                raise ConcurrencyLimited from None
            try:
                yield
            finally:
                account.slots.release()
        finally:
            account.requests -= 1
            if account.requests == 0:
                del self._accounts[user_id]
