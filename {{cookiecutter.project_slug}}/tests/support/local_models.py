"""Custom models that run in this process, for tests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from app.ai.custom_models.batching import Batcher
from app.ai.local_models.adapters.registry import TASKS
from app.ai.local_models.cache import ModelCache
from app.ai.local_models.config import LocalModelConfig
from app.ai.local_models.loading import LoadedModel
from app.ai.local_models.loading import prepare_model
from app.core.config import Settings


def make_config(
    task: str = "text-generation", model: str = "any/model", **keys: Any
) -> LocalModelConfig:
    """Return the configuration of a model, validated as in the file."""
    return LocalModelConfig.model_validate({"task": task, "model": model, **keys}, context=TASKS)


def load(config: LocalModelConfig, settings: Settings) -> LoadedModel:
    """Load a configured model."""
    return prepare_model(config, settings).load()


@dataclass
class FakePreparedModel:
    """A model that is ready to be loaded."""

    megabytes: float
    load: Callable[[], Any]


def get_batcher(app: FastAPI, name: str) -> Batcher:
    """Return the queue of a loaded model."""
    batcher = get_cache(app).handles[name].batcher
    assert batcher is not None
    return batcher


def get_cache(app: FastAPI) -> ModelCache:
    """Return the cache of the models that an application runs."""
    (cache,) = (each for each in app.state.custom_models.sources if isinstance(each, ModelCache))
    return cache
