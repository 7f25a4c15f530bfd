"""The state of one configured model: whether it is loaded, in use, or failed to load."""

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.ai.custom_models.batching import Batcher
from app.ai.custom_models.port import ModelLoadError
from app.ai.custom_models.port import Task
from app.ai.local_models.adapters.registry import TASKS
from app.ai.local_models.config import LocalModelConfig
from app.ai.local_models.daemon_executor import DaemonThreadPoolExecutor
from app.ai.local_models.port import Model
from app.schemas.custom_models import CustomModelState

MAX_RETRY_SECONDS = 600


class ModelHandle:
    """A configured model, with its batcher and threads while it is loaded."""

    def __init__(self, name: str, config: LocalModelConfig) -> None:
        self.name = name
        self.config = config
        self.task: Task = TASKS[config.task]
        self.state = CustomModelState.IDLE
        self.batcher: Batcher | None = None
        self.executor: DaemonThreadPoolExecutor | None = None
        self.loading: asyncio.Task[None] | None = None
        self.is_evicting = False
        self.waiting_requests = 0
        """Number of requests that wait for the model to be loaded."""
        self.device: str | None = None
        self.megabytes: float | None = None
        self.load_seconds: float | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._users = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def retry_after(self) -> int:
        """Seconds until the next attempt to load the model."""
        return max(1, math.ceil(self._retry_at - time.monotonic()))

    @property
    def is_in_use(self) -> bool:
        """Whether a request uses the model now."""
        return self._users > 0

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the model in memory inside the context."""
        self._users += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                self._idle.set()

    def set_ready(self, model: Model, batcher: Batcher, load_seconds: float) -> None:
        """Record that the model is loaded."""
        self.state, self.batcher = CustomModelState.READY, batcher
        self.device, self.megabytes, self.load_seconds = model.device, model.megabytes, load_seconds
        self._failures = 0

    def set_failed(self, retry_seconds: float) -> None:
        """Record a failure to load. The delay before the next attempt doubles each time."""
        self.state = CustomModelState.FAILED
        delay = min(retry_seconds * 2**self._failures, MAX_RETRY_SECONDS)
        self._failures += 1
        self._retry_at = time.monotonic() + delay

    def raise_if_failed(self) -> None:
        """Raise ModelLoadError until the delay after the last failure is over."""
        if self.state is CustomModelState.FAILED and time.monotonic() < self._retry_at:
            raise ModelLoadError(f"the last attempt to load the model {self.name} failed")

    async def evict_when_idle(self) -> None:
        """Unload the model once no request uses it. New requests wait until it is loaded again."""
        self.is_evicting = True
        try:
            await self._idle.wait()
            executor = self.executor
            await self.unload()
            if executor is not None:  # a batch of cancelled requests may still be running
                await asyncio.to_thread(executor.shutdown)
        finally:
            self.is_evicting = False

    async def unload(self) -> None:
        """Release the model."""
        if self.batcher is not None:
            await self.batcher.close()
        if self.executor is not None:
            self.executor.shutdown(wait=False, cancel_futures=True)
        if self.state is CustomModelState.READY:
            self.state = CustomModelState.IDLE
        self.batcher = self.executor = self.device = self.load_seconds = None
