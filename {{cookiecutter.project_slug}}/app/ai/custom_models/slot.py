"""The place of one declared model: whether it is in memory, who uses it, and how it failed."""

import asyncio
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from app.ai.custom_models.batching import Batcher
from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.port import Model
from app.schemas.custom_models import ModelState

LONGEST_RETRY_SECONDS = 600


class Slot:
    """Empty, or with a model and the batcher that asks it."""

    def __init__(self, name: str, declaration: Declaration) -> None:
        self.name = name
        self.declaration = declaration
        self.state = ModelState.IDLE
        self.batcher: Batcher | None = None
        self.thread: ThreadPoolExecutor | None = None
        self.loading: asyncio.Task[None] | None = None
        self.leaving = False
        self.device: str | None = None
        self.megabytes: float | None = None
        self.load_seconds: float | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._users = 0
        self._unused = asyncio.Event()
        self._unused.set()

    @property
    def retry_after(self) -> int:
        """Seconds until it may be tried again."""
        return max(1, math.ceil(self._retry_at - time.monotonic()))

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Inside, nobody drops it."""
        self._users += 1
        self._unused.clear()
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                self._unused.set()

    def open(self, model: Model, batcher: Batcher, seconds: float) -> None:
        """It is in memory now."""
        self.state, self.batcher = ModelState.READY, batcher
        self.device, self.megabytes, self.load_seconds = model.device, model.megabytes, seconds
        self._failures = 0

    def fail(self, seconds: float) -> None:
        """It could not be loaded; each time it is left alone for twice as long."""
        self.state = ModelState.FAILED
        wait = min(seconds * 2**self._failures, LONGEST_RETRY_SECONDS)
        self._failures += 1
        self._retry_at = time.monotonic() + wait

    def check_failure(self) -> None:
        """Refuse while it is left alone.

        Raises:
            LoadingFailed: it failed lately.
        """
        if self.state is ModelState.FAILED and time.monotonic() < self._retry_at:
            raise LoadingFailed(f"the model {self.name} could not be loaded lately")

    async def leave(self) -> None:
        """Drop the model as soon as nobody uses it; who comes now waits until it is back."""
        self.leaving = True
        try:
            await self._unused.wait()
            await self.drop()
        finally:
            self.leaving = False

    async def drop(self) -> None:
        """Drop the model."""
        if self.batcher is not None:
            await self.batcher.close()
        if self.thread is not None:
            self.thread.shutdown(wait=False, cancel_futures=True)
        if self.state is ModelState.READY:
            self.state = ModelState.IDLE
        self.batcher = self.thread = self.device = self.load_seconds = None
