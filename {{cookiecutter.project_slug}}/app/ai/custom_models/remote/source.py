"""The source of models on model servers."""

import asyncio
import math
import random
from collections.abc import AsyncIterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from app.ai.custom_models.batching import Batcher
from app.ai.custom_models.batching import BatchLimits
from app.ai.custom_models.port import InvalidModelInput
from app.ai.custom_models.port import ModelServerError
from app.ai.custom_models.port import Task
from app.ai.custom_models.remote.client import ServerClient
from app.ai.custom_models.remote.config import RemoteModelConfig
from app.ai.custom_models.remote.failures import Failure
from app.ai.custom_models.remote.failures import map_exception
from app.ai.custom_models.remote.tasks import REMOTE_TASKS
from app.core.config.custom_models import CustomModelSettings
from app.kit.exceptions import StartupError
from app.schemas.custom_models import CustomModelState

BATCH_TOKENS = 16_384
"""Maximum tokens per request to a server, which makes batches of its own."""

FIRST_BACKOFF_SECONDS = 0.25
RETRY_SECONDS = 5


class RemoteModel:
    """Sends inputs to a server, within a time limit, and retries what is safe."""

    def __init__(self, config: RemoteModelConfig, api_key: str | None) -> None:
        self._config = config
        self._api_key = api_key
        self._task = REMOTE_TASKS[config.task]
        self._client: ServerClient | None = None
        self._lock = asyncio.Lock()

    async def predict(self, inputs: Sequence[Any]) -> list[Any]:
        """Return one output per input, in order. A failure of the server is the output of all.

        Raises:
            InvalidModelInput: the server rejects the request; one of the inputs may be the reason.
        """
        seconds = self._config.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._run_with_retries(inputs)
        except TimeoutError:
            message = f"no response within {seconds:g} seconds"
            return [ModelServerError(message, "model_timeout")] * len(inputs)
        except ModelServerError as error:
            return [error] * len(inputs)

    async def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.close()

    async def _run_with_retries(self, inputs: Sequence[Any]) -> list[Any]:
        client = await self._get_client()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._config.timeout_seconds
        for retries in count():
            try:
                return await self._task.run(client, inputs)
            except Exception as error:
                failure = map_exception(error, repeatable=self._task.repeatable)
            if isinstance(failure, InvalidModelInput):
                raise failure
            wait = _retry_wait(retries, failure)
            out_of_time = loop.time() + wait >= deadline
            if not failure.retry or retries >= self._config.max_retries or out_of_time:
                raise ModelServerError(failure.message, failure.code, failure.retry_after)
            await asyncio.sleep(wait)
        raise AssertionError

    async def _get_client(self) -> ServerClient:
        async with self._lock:
            if self._client is None:
                self._client = await asyncio.to_thread(ServerClient, self._config, self._api_key)
            return self._client


def _retry_wait(retries: int, failure: Failure) -> float:
    """Return the seconds until the next attempt: exponential backoff with jitter."""
    max_backoff: float = FIRST_BACKOFF_SECONDS * 2**retries
    backoff = max_backoff * random.uniform(0.5, 1)  # noqa: S311 - not used for security
    return max(backoff, failure.retry_after or 0)


class RemoteModelHandle:
    """A model on a server, which is always ready."""

    state = CustomModelState.READY
    device: str | None = "remote"
    megabytes: float | None = None
    load_seconds: float | None = None
    retry_after = RETRY_SECONDS

    def __init__(self, name: str, config: RemoteModelConfig, settings: CustomModelSettings) -> None:
        task = REMOTE_TASKS[config.task]
        self.name = name
        self.config = config
        self.task: Task = task
        self.model = RemoteModel(config, _find_key(name, config, settings))
        limits = BatchLimits(
            batch_size=config.batch_size if config.api in task.run_batch else 1,
            batch_tokens=BATCH_TOKENS,
            max_padding=math.inf,
            max_request_tokens=settings.custom_models_max_tokens_per_request,
            max_queued_tokens=settings.custom_models_max_queued_tokens,
        )
        self.batcher = Batcher(
            self.model.predict, lambda each: int(each.tokens), limits, config.max_concurrency
        )


class RemoteModels:
    """The models with a ``url``."""

    config_class = RemoteModelConfig
    tasks = REMOTE_TASKS

    def __init__(
        self, configs: Mapping[str, RemoteModelConfig], settings: CustomModelSettings
    ) -> None:
        self.handles = {
            name: RemoteModelHandle(name, config, settings) for name, config in configs.items()
        }

    @staticmethod
    def accepts(table: Mapping[str, Any]) -> bool:
        """Return whether a table describes a model on a server."""
        return "url" in table

    @asynccontextmanager
    async def acquire(self, name: str) -> AsyncIterator[Batcher]:
        """Yield the queue of a model."""
        yield self.handles[name].batcher

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Cancel running requests and close all connections at the end."""
        try:
            yield
        finally:
            for handle in self.handles.values():
                await handle.batcher.close()
                await handle.model.close()


def _find_key(name: str, config: RemoteModelConfig, settings: CustomModelSettings) -> str | None:
    """Return the key of a server. Errors do not show the name: it may be a key by mistake."""
    if config.api_key_name is None:
        return None
    if config.api_key_name not in settings.custom_models_api_keys:
        known = ", ".join(settings.custom_models_api_keys) or "none"
        raise StartupError(
            f"{settings.custom_models_file} is invalid:\n"
            f"  {name}.api_key_name: CUSTOM_MODELS_API_KEYS has no key of this name; "
            f"add it there as name=key; names that it has: {known}"
        )
    return settings.custom_models_api_keys[config.api_key_name]
