"""Limits concurrency: in total, and to one operation per client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class ClientSlots:
    """A fixed number of slots, at most one per client, so that no client can block the others."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._clients: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, client: str) -> AsyncIterator[None]:
        """Hold a slot inside the context; wait while this client holds another one."""
        lock = self._clients.setdefault(client, asyncio.Lock())
        async with lock, self._places:
            yield
