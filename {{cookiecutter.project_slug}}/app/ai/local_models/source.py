"""The source of models that run in this process."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from contextlib import suppress
from functools import partial
from typing import Any

from app.ai.local_models.adapters.registry import TASKS
from app.ai.local_models.cache import ModelCache
from app.ai.local_models.config import LocalModelConfig
from app.ai.local_models.port import PreparedModel
from app.core.config.local_models import LocalModelSettings
from app.kit.import_guard import IMPORT_GUARD

NICENESS, MAX_NICENESS = 10, 19
"""How much the priority of inference threads is lowered, and the maximum on Linux."""


class LocalModels(ModelCache):
    """The models without a ``url``. Creating the source loads no model."""

    config_class = LocalModelConfig
    tasks = TASKS

    def __init__(
        self, configs: Mapping[str, LocalModelConfig], settings: LocalModelSettings
    ) -> None:
        super().__init__(
            configs, partial(_prepare_model, settings=settings), settings, _init_thread
        )

    @staticmethod
    def accepts(table: Mapping[str, Any]) -> bool:
        """Return whether a table describes a model that runs in this process."""
        return "url" not in table

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Load models with ``load_at_start`` in the background, and release all at the end."""
        handles = [each for each in self.handles.values() if each.config.load_at_start]
        tasks = [asyncio.create_task(self.ensure_loaded(each)) for each in handles]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.close()


def _prepare_model(config: LocalModelConfig, settings: LocalModelSettings) -> PreparedModel:
    # torch and transformers take seconds to import, so only the loading of a model imports them
    with IMPORT_GUARD:
        from app.ai.local_models.loading import prepare_model

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
