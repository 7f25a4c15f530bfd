"""Limits concurrency: in total, and per client."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Hashable
from contextlib import AsyncExitStack
from contextlib import asynccontextmanager
from contextlib import nullcontext
from weakref import WeakValueDictionary


class _Client:
    """The slots of one client, and how many tasks hold one or wait for one."""

    def __init__(self, slots: int) -> None:
        self.slots = asyncio.Semaphore(slots)
        self.tasks = 0


class ClientSlots:
    """A number of slots, of which each client can take only some, so that it cannot block others.

    ``total`` and ``max_waiting`` (per client) are unlimited if they are None, as is the wait for a
    slot. Otherwise, ``client_rejection`` makes the error that is raised if too many tasks of the
    client wait or its slots do not become free in time; ``total_rejection`` that for the slots of
    all clients.
    """

    def __init__(
        self,
        total: int | None,
        per_client: int = 1,
        *,
        max_waiting: int | None = None,
        timeout_seconds: float | None = None,
        client_rejection: Callable[[], Exception] = TimeoutError,
        total_rejection: Callable[[], Exception] = TimeoutError,
    ) -> None:
        self.max_waiting = max_waiting
        self.timeout_seconds = timeout_seconds
        self._total = nullcontext() if total is None else asyncio.Semaphore(total)
        self._per_client = per_client
        self._client_rejection = client_rejection
        self._total_rejection = total_rejection
        # An entry exists only while a task of the client refers to it.
        self._clients: WeakValueDictionary[Hashable, _Client] = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, client: Hashable) -> AsyncIterator[None]:
        """Hold a slot inside the context; wait for a free one if necessary."""
        own = self._clients.setdefault(client, _Client(self._per_client))
        if self.max_waiting is not None and own.tasks >= self._per_client + self.max_waiting:
            raise self._client_rejection()
        own.tasks += 1
        try:
            async with AsyncExitStack() as held:
                rejection = self._client_rejection
                try:
                    async with asyncio.timeout(self.timeout_seconds):
                        await held.enter_async_context(own.slots)
                        rejection = self._total_rejection
                        await held.enter_async_context(self._total)
                except TimeoutError:
                    raise rejection() from None
                yield
        finally:
            own.tasks -= 1
