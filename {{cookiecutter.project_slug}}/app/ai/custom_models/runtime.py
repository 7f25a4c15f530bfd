"""The state that custom models share within one process."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from contextlib import AsyncExitStack
from contextlib import asynccontextmanager

from app.ai.custom_models.batching import Batcher
from app.ai.custom_models.config import read_config_file
from app.ai.custom_models.decoding import MediaDecoder
from app.ai.custom_models.sources import SOURCES
from app.ai.custom_models.sources import ModelHandle
from app.ai.custom_models.sources import ModelSource
from app.core.config.custom_models import CustomModelSettings


class CustomModelRuntime:
    """The configured models and the media decoder. Creating a runtime loads no model.

    Raises:
        StartupError: ``config/models.toml`` is invalid.
    """

    def __init__(self, settings: CustomModelSettings) -> None:
        configs = read_config_file(settings.custom_models_file, SOURCES)
        self.sources: list[ModelSource] = [
            each(
                {name: c for name, c in configs.items() if isinstance(c, each.config_class)},
                settings,
            )
            for each in SOURCES
        ]
        self._source_of = {name: source for source in self.sources for name in source.handles}
        self.handles: dict[str, ModelHandle] = {
            name: self._source_of[name].handles[name] for name in configs
        }
        self.decoder = MediaDecoder(settings)

    def acquire(self, name: str) -> AbstractAsyncContextManager[Batcher]:
        """Keep a model usable inside the context. Raises ModelLoadError."""
        return self._source_of[name].acquire(name)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Start the sources, and release their resources at the end."""
        async with AsyncExitStack() as stack:
            for source in self.sources:
                await stack.enter_async_context(source.lifespan())
            stack.push_async_callback(self.decoder.close)
            yield
