"""The sources of models, and their interface. The keys of a table decide which source runs it."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from typing import Protocol

from app.ai.custom_models.batching import Batcher
from app.ai.custom_models.config import ModelConfig
from app.ai.custom_models.port import Task
from app.ai.custom_models.remote.source import RemoteModels
from app.ai.local_models.source import LocalModels
from app.schemas.custom_models import CustomModelState


class ModelHandle(Protocol):
    """A configured model, and its state."""

    name: str
    task: Task
    state: CustomModelState
    device: str | None
    megabytes: float | None
    load_seconds: float | None

    @property
    def config(self) -> ModelConfig:
        """The configuration from the file."""
        ...

    @property
    def retry_after(self) -> int:
        """Seconds until an unavailable model may be available again."""
        ...


class ModelSource(Protocol):
    """Runs the models of one kind."""

    @property
    def handles(self) -> Mapping[str, ModelHandle]:
        """The models; the keys are their names."""
        ...

    def acquire(self, name: str) -> AbstractAsyncContextManager[Batcher]:
        """Keep a model usable inside the context. Raises ModelLoadError."""
        ...

    def lifespan(self) -> AbstractAsyncContextManager[None]:
        """Start the source, and release its resources at the end."""
        ...


SOURCES: list[Any] = [
    RemoteModels,
    LocalModels,  # %if local_models
]
