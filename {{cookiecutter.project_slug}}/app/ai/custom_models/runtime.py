"""What custom models share within one process: the declarations, and the models in memory."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextlib import suppress
from functools import partial

from app.ai.custom_models.cache import Load
from app.ai.custom_models.cache import ModelCache
from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.declarations import read_declarations
from app.ai.custom_models.port import Model
from app.core.config.custom_models import CustomModelSettings

NICE, NICEST = 10, 19
"""How far whatever computes stands back, and how far that goes."""

DECODERS = 2
"""So many uploads are decoded at once: an image takes a hundred times the memory of its file."""


class CustomModelRuntime:
    """Made once from the settings. Making one reads the declarations and loads nothing.

    Raises:
        StartupError: a declaration is wrong.
    """

    def __init__(self, settings: CustomModelSettings, load: Load | None = None) -> None:
        self.settings = settings
        self.cache = ModelCache(
            read_declarations(settings.custom_models_file),
            load or partial(_load, settings=settings),
            settings,
            _prepare_thread,
        )
        self.decoding = asyncio.Semaphore(DECODERS)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Inside, what is to be loaded at start is loaded, while requests are answered already."""
        wanted = [slot for slot in self.cache.slots.values() if slot.declaration.load_at_start]
        starting = [asyncio.create_task(self.cache.ensure(slot)) for slot in wanted]
        try:
            yield
        finally:
            for task in starting:
                task.cancel()
            await asyncio.gather(*starting, return_exceptions=True)
            await self.cache.close()


def _load(declaration: Declaration, settings: CustomModelSettings) -> Model:
    # torch and transformers take seconds to import, and only who loads a model needs them
    from app.ai.custom_models.loading import load

    return load(declaration, settings)


def _prepare_thread(count: int) -> None:
    """Let the thread that calls this compute with so many, and come after all that answers."""
    import torch

    torch.set_num_threads(count)
    if sys.platform == "linux":  # elsewhere, threads have no priority of their own
        thread = threading.get_native_id()
        now = os.getpriority(os.PRIO_PROCESS, thread)
        with suppress(OSError):  # a sandbox may forbid it, and then it computes as it is
            os.setpriority(os.PRIO_PROCESS, thread, min(now + NICE, NICEST))
