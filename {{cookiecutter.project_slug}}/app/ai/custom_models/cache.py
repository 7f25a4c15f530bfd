"""Keeps models in memory: each once, loaded when first asked for, the longest unused dropped.

Knows nothing of torch: how a model is loaded is handed to it.
"""

import asyncio
import gc
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from app.ai.custom_models.batching import Batcher
from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.port import Model
from app.ai.custom_models.slot import Slot
from app.core.config.custom_models import CustomModelSettings
from app.schemas.custom_models import ModelState

Load = Callable[[Declaration], Model]
"""Loads a model; runs in a thread. Raises LoadingFailed."""

logger = logging.getLogger(__name__)


class ModelCache:
    """The declared models, of which a bounded number is in memory."""

    def __init__(
        self,
        declarations: Mapping[str, Declaration],
        load: Load,
        settings: CustomModelSettings,
        prepare_thread: Callable[[int], None],
    ) -> None:
        self.slots = {name: Slot(name, each) for name, each in declarations.items()}
        self._load = load
        self._settings = settings
        self._prepare_thread = prepare_thread
        self._used: OrderedDict[str, Slot] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()
        self._loader = ThreadPoolExecutor(1, "load-model")

    @asynccontextmanager
    async def use(self, name: str) -> AsyncIterator[Batcher]:
        """A model that stays in memory meanwhile; it is loaded first where it has to be.

        Raises:
            LoadingFailed: it cannot be loaded now; ``retry_after`` seconds later it is tried again.
        """
        slot = self.slots[name]
        while slot.batcher is None or slot.leaving:
            await self.ensure(slot)
        self._used.move_to_end(name)
        with slot.in_use():
            yield slot.batcher

    async def ensure(self, slot: Slot) -> None:
        """Load a model, or wait for whoever loads it already. Going away does not stop that."""
        if slot.loading is None:
            slot.check_failure()
            slot.state = ModelState.LOADING
            slot.loading = asyncio.create_task(self._bring(slot))
        await asyncio.shield(slot.loading)
        slot.check_failure()

    async def close(self) -> None:
        """Let go of all models."""
        for slot in self.slots.values():
            if slot.loading is not None:
                slot.loading.cancel()
            await slot.drop()
        self._loader.shutdown(wait=False, cancel_futures=True)

    async def _bring(self, slot: Slot) -> None:
        try:
            async with self._one_at_a_time:
                await self._make_room(slot.megabytes or 0, 1)
                await self._load_into(slot)
        finally:
            slot.loading = None

    async def _load_into(self, slot: Slot) -> None:
        start = time.monotonic()
        logger.info("loading the model %s", slot.name)
        try:
            loop = asyncio.get_running_loop()
            model = await loop.run_in_executor(self._loader, self._load, slot.declaration)
            self._check_size(model)
        except LoadingFailed as error:
            slot.fail(self._settings.custom_models_retry_seconds)
            logger.error(
                "the model %s cannot be loaded, next try in %d s: %s",
                slot.name,
                slot.retry_after,
                error,
            )
            return
        await self._make_room(model.megabytes, 1)
        slot.open(model, self._batcher(slot, model), time.monotonic() - start)
        self._used[slot.name] = slot
        logger.info(
            "loaded the model %s on %s in %.1f s, %.0f MB",
            slot.name,
            model.device,
            slot.load_seconds,
            model.megabytes,
        )

    def _batcher(self, slot: Slot, model: Model) -> Batcher:
        # Small batches side by side get more done than threads that share each multiplication.
        processors = self._settings.custom_models_processors
        workers, threads = (processors, 1) if model.parallel else (1, processors)
        prepare = partial(self._prepare_thread, threads)
        slot.thread = ThreadPoolExecutor(workers, f"model-{slot.name}", prepare)
        return Batcher(
            model.answer,
            slot.thread,
            batch_size=slot.declaration.batch_size,
            queue_size=self._settings.custom_models_queue_size,
            padding=model.padding,
            workers=workers,
        )

    def _check_size(self, model: Model) -> None:
        most = self._settings.custom_models_max_megabytes
        if model.megabytes > most:
            raise LoadingFailed(
                f"it takes {model.megabytes:.0f} MB, and CUSTOM_MODELS_MAX_MEGABYTES is {most}"
            )

    async def _make_room(self, megabytes: float, count: int) -> None:
        """Drop what was not used for longest, each once nobody is waiting for it any more."""
        while self._used and (
            len(self._used) + count > self._settings.custom_models_max_loaded
            or self._megabytes + megabytes > self._settings.custom_models_max_megabytes
        ):
            name, slot = next(iter(self._used.items()))
            await slot.leave()
            del self._used[name]
            # In a thread, since it takes long; and what runs here now would still keep the model.
            await asyncio.get_running_loop().run_in_executor(self._loader, gc.collect)
            logger.info("dropped the model %s to make room", name)

    @property
    def _megabytes(self) -> float:
        return sum(slot.megabytes or 0 for slot in self._used.values())
