"""How many calls of one process run at once."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.exceptions import RateLimited


class Gate:
    """Has so many places; who finds none waits for a while."""

    def __init__(self, places: int, wait_seconds: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._wait_seconds = wait_seconds
        self._detail = f"All {places} places for conversations are taken."

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place, free again at the end.

        Raises:
            RateLimited: none was free in time.
        """
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._places.acquire()
        except TimeoutError:
            wait = max(1, math.ceil(self._wait_seconds))
            raise RateLimited(wait, self._detail, code="llm_busy") from None
        try:
            yield
        finally:
            self._places.release()
