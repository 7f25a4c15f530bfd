"""The cache of models: loading, eviction, limits of memory and failures."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakSet

import pytest

from app.ai.custom_models.port import ModelLoadError
from app.ai.custom_models.port import TextInput
from app.ai.local_models import model_handle
from app.ai.local_models.cache import ModelCache
from app.ai.local_models.config import LocalModelConfig
from tests.support.custom_models import EchoModel
from tests.support.custom_models import wait_until
from tests.support.local_models import FakePreparedModel
from tests.support.local_models import make_config
from tests.support.settings import make_settings

NAMES = ["one", "two", "three"]


class ModelSource:
    """Creates fake models, records what is loaded, and can fail or be slow."""

    def __init__(self, megabytes: float = 1, real: float | None = None) -> None:
        self.loads: list[str] = []
        self.alive: WeakSet[EchoModel] = WeakSet()
        self.max_alive = 0
        self.broken = False
        self.free = {name: threading.Event() for name in NAMES}
        for free in self.free.values():
            free.set()
        self._loading: set[str] = set()
        self._megabytes = megabytes
        self._real = megabytes if real is None else real

    def prepare(self, config: LocalModelConfig) -> FakePreparedModel:
        """Return a model that is ready to be loaded."""
        name = config.model.removeprefix("any/")
        return FakePreparedModel(self._megabytes, lambda: self._load(name))

    def _load(self, name: str) -> EchoModel:
        self.loads.append(name)
        self._loading.add(name)
        self._count()
        assert self.free[name].wait(10)
        self._loading.discard(name)
        if self.broken:
            raise ModelLoadError("no such file")
        model = EchoModel(self._real)
        self.alive.add(model)
        self._count()
        return model

    def _count(self) -> None:
        self.max_alive = max(self.max_alive, len(self.alive) + len(self._loading))


Run = Callable[[str], Awaitable[str]]


@asynccontextmanager
async def start_cache(
    source: ModelSource, **settings: Any
) -> AsyncIterator[tuple[ModelCache, Run]]:
    """Yield a cache of three models, and a function that runs one."""
    configs = {name: make_config(model=f"any/{name}") for name in NAMES}
    cache = ModelCache(configs, source.prepare, make_settings(**settings), lambda _: None)

    async def run(name: str) -> str:
        async with cache.acquire(name) as batcher:
            return str((await batcher.submit([TextInput(name)]))[0])

    yield cache, run
    await cache.close()


def loaded_names(cache: ModelCache) -> list[str]:
    """Return the names of the models in memory."""
    return [name for name, handle in cache.handles.items() if handle.state == "ready"]


async def test_concurrent_requests_load_a_model_once() -> None:
    source = ModelSource()
    async with start_cache(source) as (cache, run):
        answers = await asyncio.gather(*(run("one") for _ in range(20)))
        assert answers == ["one"] * 20
        assert source.loads == ["one"]
        assert cache.handles["one"].load_seconds is not None


async def test_cancelling_a_request_does_not_stop_the_loading() -> None:
    source = ModelSource()
    source.free["one"].clear()
    async with start_cache(source) as (cache, run):
        gone, stays = asyncio.ensure_future(run("one")), asyncio.ensure_future(run("one"))
        await asyncio.sleep(0.02)
        assert cache.handles["one"].state == "loading"
        gone.cancel()
        source.free["one"].set()
        assert await stays == "one"
        assert source.loads == ["one"]


async def test_the_least_recently_used_model_is_evicted_first() -> None:
    source = ModelSource()
    async with start_cache(source, custom_models_max_loaded=2) as (cache, run):
        for name in ("one", "two", "one", "three"):
            await run(name)
        assert loaded_names(cache) == ["one", "three"]
        await run("two")
        assert loaded_names(cache) == ["two", "three"]
    assert source.loads == ["one", "two", "three", "two"]


async def test_an_evicted_model_is_freed_before_the_next_one_is_loaded() -> None:
    source = ModelSource()
    async with start_cache(source, custom_models_max_loaded=1) as (_, run):
        for name in (*NAMES, *NAMES):
            await run(name)
    assert source.max_alive == 1


async def test_total_memory_is_limited() -> None:
    source = ModelSource(megabytes=40)
    async with start_cache(source, custom_models_max_megabytes=100) as (cache, run):
        for name in NAMES:
            await run(name)
        assert loaded_names(cache) == ["two", "three"]


@pytest.mark.parametrize("measured", [101, 1])
async def test_a_model_above_the_limit_is_rejected(
    measured: int, caplog: pytest.LogCaptureFixture
) -> None:
    source = ModelSource(measured, real=101)
    async with start_cache(source, custom_models_max_megabytes=100) as (cache, run):
        with pytest.raises(ModelLoadError):
            await run("one")
        assert loaded_names(cache) == []
        assert not cache._reservations
    assert "it needs 101 MB, and CUSTOM_MODELS_MAX_MEGABYTES is 100" in caplog.text
    assert source.loads == ([] if measured == 101 else ["one"])


async def test_loading_a_model_does_not_block_other_models() -> None:
    source = ModelSource()
    source.free["one"].clear()
    async with start_cache(source) as (cache, run):
        assert await run("two") == "two"
        slow = asyncio.ensure_future(run("one"))
        await wait_until(lambda: source.loads == ["two", "one"])
        assert await run("three") == "three"
        assert await run("two") == "two"
        assert cache.handles["one"].state == "loading"
        source.free["one"].set()
        assert await slow == "one"


async def test_models_being_loaded_count_against_the_limit() -> None:
    source = ModelSource(megabytes=40)
    for free in source.free.values():
        free.clear()
    async with start_cache(source, custom_models_max_megabytes=100) as (_, run):
        running = [asyncio.ensure_future(run(name)) for name in NAMES]
        await wait_until(lambda: len(source.loads) == 2)
        await asyncio.sleep(0.05)
        assert len(source.loads) == 2
        for free in source.free.values():
            free.set()
        assert await asyncio.gather(*running) == NAMES
    assert source.max_alive == 2


async def test_models_take_turns_when_only_one_fits() -> None:
    source = ModelSource()
    async with start_cache(source, custom_models_max_loaded=1) as (_, run):
        names = NAMES * 5
        assert await asyncio.gather(*map(run, names)) == names
    assert source.max_alive == 1
    assert len(source.loads) <= len(names)


async def test_a_model_with_a_running_batch_still_counts() -> None:
    source = ModelSource()
    async with start_cache(source, custom_models_max_loaded=1) as (cache, run):
        await run("one")
        (model,) = source.alive
        release = model.block()
        gone = asyncio.ensure_future(run("one"))
        await model.wait_for_batches(2)
        gone.cancel()
        other = asyncio.ensure_future(run("two"))
        await wait_until(lambda: cache.handles["one"].batcher is None)
        await asyncio.sleep(0.05)
        assert source.loads == ["one"]
        release()
        del model, gone  # they reference the model
        assert await other == "two"
    assert source.max_alive == 1


async def test_a_model_in_use_is_not_evicted() -> None:
    source = ModelSource()
    async with start_cache(source, custom_models_max_loaded=1) as (cache, run):
        async with cache.acquire("one") as batcher:
            other = asyncio.ensure_future(run("two"))
            again = asyncio.ensure_future(run("one"))
            await asyncio.sleep(0.02)
            assert source.loads == ["one"]
            assert await batcher.submit([TextInput("still here")]) == ["still here"]
        assert await other == "two"
        assert await again == "one"
        assert len(loaded_names(cache)) == 1


async def test_a_failed_model_is_retried_with_increasing_delays(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, now = ModelSource(), 1000.0
    monkeypatch.setattr(model_handle.time, "monotonic", lambda: now)  # type: ignore[attr-defined]
    source.broken = True
    async with start_cache(source, custom_models_retry_seconds=10) as (cache, run):
        handle = cache.handles["one"]
        failures = await asyncio.gather(*(run("one") for _ in range(5)), return_exceptions=True)
        assert {type(failure) for failure in failures} == {ModelLoadError}
        assert source.loads == ["one"]
        assert "no such file" in caplog.text
        assert (handle.state, handle.retry_after) == ("failed", 10)

        now += 11
        with pytest.raises(ModelLoadError):
            await run("one")
        assert (len(source.loads), handle.retry_after) == (2, 20)

        source.broken = False
        now += 19
        with pytest.raises(ModelLoadError):
            await run("one")
        assert len(source.loads) == 2
        now += 2
        assert await run("one") == "one"


async def test_loading_is_logged_with_seconds_and_megabytes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with start_cache(ModelSource(megabytes=42)) as (_, run):
        await run("one")
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "loading the model one"
    assert lines[1].startswith("loaded the model one on cpu in 0.")
    assert lines[1].endswith(" s, 42 MB")
