"""A cache of loaded models: each is loaded at its first use, the least recently used is evicted.

This module is independent of torch: a function that loads a model is passed to it.
"""

import asyncio
import gc
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.ai.custom_models.batching import Batcher
from app.ai.custom_models.batching import BatchLimits
from app.ai.custom_models.port import ModelLoadError
from app.ai.local_models.config import LocalModelConfig
from app.ai.local_models.daemon_executor import DaemonThreadPoolExecutor
from app.ai.local_models.model_handle import ModelHandle
from app.ai.local_models.port import Model
from app.ai.local_models.port import PreparedModel
from app.core.config.local_models import LocalModelSettings
from app.schemas.custom_models import CustomModelState

PrepareModel = Callable[[LocalModelConfig], PreparedModel]
"""Measures the size of a model; runs in a thread. Raises ModelLoadError."""

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Reservation:
    """Memory of a model that is loaded or being loaded."""

    megabytes: float


class ModelCache:
    """The configured models. The limits include models that are being loaded."""

    def __init__(
        self,
        configs: Mapping[str, LocalModelConfig],
        prepare_model: PrepareModel,
        settings: LocalModelSettings,
        init_thread: Callable[[int], None],
    ) -> None:
        self.handles = {name: ModelHandle(name, config) for name, config in configs.items()}
        self._prepare_model = prepare_model
        self._settings = settings
        self._init_thread = init_thread
        self._loaded: OrderedDict[str, ModelHandle] = OrderedDict()
        """Least recently used first."""
        self._reservations: set[Reservation] = set()
        self._reservation_of: dict[str, Reservation] = {}
        self._evicting = False
        self._changed = asyncio.Event()
        self._load_executor = DaemonThreadPoolExecutor(max(1, len(configs)), "load-model")

    @asynccontextmanager
    async def acquire(self, name: str) -> AsyncIterator[Batcher]:
        """Load a model if necessary, and keep it in memory inside the context.

        Raises:
            ModelLoadError: it cannot be loaded now; the next attempt is in ``retry_after`` seconds.
        """
        handle = self.handles[name]
        while handle.batcher is None or handle.is_evicting:
            await self.ensure_loaded(handle)
        self._loaded.move_to_end(name)
        with handle.in_use():
            yield handle.batcher

    async def ensure_loaded(self, handle: ModelHandle) -> None:
        """Load a model, or wait until it is loaded. Cancelling does not stop the loading.

        Raises:
            ModelLoadError: it cannot be loaded.
        """
        if handle.loading is None:
            handle.raise_if_failed()
            handle.state = CustomModelState.LOADING
            handle.loading = asyncio.create_task(self._load(handle))
        handle.waiting_requests += 1
        try:
            await asyncio.shield(handle.loading)
        finally:
            handle.waiting_requests -= 1
            self._notify_waiters()
        handle.raise_if_failed()

    async def close(self) -> None:
        """Unload all models."""
        for handle in self.handles.values():
            if handle.loading is not None:
                handle.loading.cancel()
            await handle.unload()
        self._load_executor.shutdown(wait=False, cancel_futures=True)

    async def _load(self, handle: ModelHandle) -> None:
        start = time.monotonic()
        logger.info("loading the model %s", handle.name)
        while handle.is_evicting:
            await self._changed.wait()
        try:
            model = await self._load_into_memory(handle)
        except ModelLoadError as error:
            handle.set_failed(self._settings.custom_models_retry_seconds)
            logger.error(
                "cannot load the model %s, next attempt in %d s: %s",
                handle.name,
                handle.retry_after,
                error,
            )
            return
        finally:
            handle.loading = None
        handle.set_ready(model, self._start_batcher(handle, model), time.monotonic() - start)
        self._loaded[handle.name] = handle
        self._notify_waiters()
        logger.info(
            "loaded the model %s on %s in %.1f s, %.0f MB",
            handle.name,
            model.device,
            handle.load_seconds,
            model.megabytes,
        )

    async def _load_into_memory(self, handle: ModelHandle) -> Model:
        """Wait for memory, then load."""
        loop = asyncio.get_running_loop()
        prepared = await loop.run_in_executor(
            self._load_executor, self._prepare_model, handle.config
        )
        self._check_size(prepared.megabytes)
        reservation = await self._reserve(prepared.megabytes)
        try:
            model = await loop.run_in_executor(self._load_executor, prepared.load)
            self._check_size(model.megabytes)
        except BaseException:
            self._release(reservation)
            raise
        reservation.megabytes = model.megabytes
        self._reservation_of[handle.name] = reservation
        return model

    def _start_batcher(self, handle: ModelHandle, model: Model) -> Batcher:
        # Several small batches at once are faster than one batch that several threads share.
        max_threads = self._settings.custom_models_threads
        workers, threads = (max_threads, 1) if model.parallel else (1, max_threads)
        init_thread = partial(self._init_thread, threads)
        handle.executor = DaemonThreadPoolExecutor(workers, f"model-{handle.name}", init_thread)
        limits = BatchLimits(
            batch_size=model.batch_size,
            batch_tokens=model.batch_tokens,
            max_padding=model.max_padding,
            max_request_tokens=self._settings.custom_models_max_tokens_per_request,
            max_queued_tokens=self._settings.custom_models_max_queued_tokens,
        )
        predict = partial(_predict_in_thread, handle.executor, model)
        return Batcher(predict, model.count_tokens, limits, workers)

    def _check_size(self, megabytes: float) -> None:
        limit = self._settings.custom_models_max_megabytes
        if megabytes > limit:
            raise ModelLoadError(
                f"it needs {megabytes:.0f} MB, and CUSTOM_MODELS_MAX_MEGABYTES is {limit}"
            )

    async def _reserve(self, megabytes: float) -> Reservation:
        """Wait for memory, evicting models if necessary, and reserve it."""
        while not self._has_room(megabytes):
            handle = self._next_eviction()
            if handle is None:  # other models are being loaded or evicted
                await self._changed.wait()
            else:
                await self._evict(handle)
        reservation = Reservation(megabytes)
        self._reservations.add(reservation)
        return reservation

    def _next_eviction(self) -> ModelHandle | None:
        """Return the least recently used model, preferably one that no request uses now."""
        if self._evicting:
            return None
        candidates = [each for each in self._loaded.values() if not each.waiting_requests]
        idle = (each for each in candidates if not each.is_in_use)
        return next(idle, candidates[0] if candidates else None)

    def _has_room(self, megabytes: float) -> bool:
        reserved = sum(each.megabytes for each in self._reservations)
        return (
            len(self._reservations) < self._settings.custom_models_max_loaded
            and reserved + megabytes <= self._settings.custom_models_max_megabytes
        )

    async def _evict(self, handle: ModelHandle) -> None:
        """Unload a model once no request uses it."""
        self._evicting = True
        try:
            await handle.evict_when_idle()
            del self._loaded[handle.name]
            reservation = self._reservation_of.pop(handle.name)
            # In a thread: it is slow, and frames of this task may still reference the model.
            await asyncio.get_running_loop().run_in_executor(self._load_executor, gc.collect)
            self._release(reservation)
        finally:
            self._evicting = False
            self._notify_waiters()
        logger.info("evicted the model %s to free memory", handle.name)

    def _release(self, reservation: Reservation) -> None:
        self._reservations.discard(reservation)
        self._notify_waiters()

    def _notify_waiters(self) -> None:
        """Wake all tasks that wait for memory."""
        self._changed.set()
        self._changed.clear()


async def _predict_in_thread(executor: Executor, model: Model, inputs: Sequence[Any]) -> list[Any]:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(executor, model.predict, inputs)
