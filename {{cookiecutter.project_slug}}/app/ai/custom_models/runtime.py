"""The state that custom models share within one process."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextlib import suppress
from functools import partial

from app.ai.custom_models.adapters.registry import TASKS
from app.ai.custom_models.cache import ModelCache
from app.ai.custom_models.config import ModelConfig
from app.ai.custom_models.config import read_config_file
from app.ai.custom_models.decoding import MediaDecoder
from app.ai.custom_models.port import PreparedModel
from app.core.config.custom_models import CustomModelSettings
from app.kit.import_guard import IMPORT_GUARD

NICENESS, MAX_NICENESS = 10, 19
"""How much the priority of inference threads is lowered, and the maximum on Linux."""


class CustomModelRuntime:
    """The model cache and the media decoder. Creating a runtime loads no model.

    Raises:
        StartupError: ``config/models.toml`` is invalid.
    """

    def __init__(self, settings: CustomModelSettings) -> None:
        self.settings = settings
        self.cache = ModelCache(
            read_config_file(settings.custom_models_file, TASKS),
            partial(_prepare_model, settings=settings),
            settings,
            _init_thread,
        )
        self.decoder = MediaDecoder(settings)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Load models with ``load_at_start`` in the background, and release all at the end."""
        handles = [each for each in self.cache.handles.values() if each.config.load_at_start]
        tasks = [asyncio.create_task(self.cache.ensure_loaded(each)) for each in handles]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.decoder.close()
            await self.cache.close()


def _prepare_model(config: ModelConfig, settings: CustomModelSettings) -> PreparedModel:
    # torch and transformers take seconds to import, so only the loading of a model imports them
    with IMPORT_GUARD:
        from app.ai.custom_models.loading import prepare_model

    return prepare_model(config, settings)


def _init_thread(torch_threads: int) -> None:
    """Set the number of torch threads, and lower the priority of the calling thread."""
    import torch

    torch.set_num_threads(torch_threads)
    if sys.platform == "linux":  # only Linux has a niceness per thread
        thread_id = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread_id)
        with suppress(OSError):  # a sandbox may forbid it
            os.setpriority(os.PRIO_PROCESS, thread_id, min(niceness + NICENESS, MAX_NICENESS))
