"""Models in memory: each once, a bounded number, and what happens when one cannot be loaded."""

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

from app.ai.custom_models import slot as slots
from app.ai.custom_models.cache import ModelCache
from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.port import TextQuestion
from tests.support.custom_models import EchoModel
from tests.support.custom_models import declare
from tests.support.settings import make_settings

NAMES = ["one", "two", "three"]


class Shelf:
    """Where fake models come from: counts what is loaded, and can be broken or slow."""

    def __init__(self, megabytes: float = 1) -> None:
        self.loads: list[str] = []
        self.alive: WeakSet[EchoModel] = WeakSet()
        self.most_alive = 0
        self.broken = False
        self.free = threading.Event()
        self.free.set()
        self._megabytes = megabytes

    def load(self, declaration: Declaration) -> EchoModel:
        """A new model."""
        self.loads.append(declaration.model.removeprefix("any/"))
        assert self.free.wait(10)
        if self.broken:
            raise LoadingFailed("no such file, says the disk")
        model = EchoModel(self._megabytes)
        self.alive.add(model)
        self.most_alive = max(self.most_alive, len(self.alive))
        return model


Ask = Callable[[str], Awaitable[str]]


@asynccontextmanager
async def caching(shelf: Shelf, **settings: Any) -> AsyncIterator[tuple[ModelCache, Ask]]:
    """A cache of three models, and a way to ask one."""
    declarations = {name: declare(model=f"any/{name}") for name in NAMES}
    cache = ModelCache(declarations, shelf.load, make_settings(**settings), lambda _: None)

    async def ask(name: str) -> str:
        async with cache.use(name) as batcher:
            return str((await batcher.submit([TextQuestion(name)]))[0])

    yield cache, ask
    await cache.close()


def loaded(cache: ModelCache) -> list[str]:
    """The models in memory."""
    return [name for name, slot in cache.slots.items() if slot.state == "ready"]


async def test_a_model_is_loaded_once_however_many_ask() -> None:
    shelf = Shelf()
    async with caching(shelf) as (cache, ask):
        answers = await asyncio.gather(*(ask("one") for _ in range(20)))
        assert answers == ["one"] * 20
        assert shelf.loads == ["one"]
        assert cache.slots["one"].load_seconds is not None


async def test_who_goes_away_does_not_stop_the_loading() -> None:
    shelf = Shelf()
    shelf.free.clear()
    async with caching(shelf) as (cache, ask):
        gone, stays = asyncio.ensure_future(ask("one")), asyncio.ensure_future(ask("one"))
        await asyncio.sleep(0.02)
        assert cache.slots["one"].state == "loading"
        gone.cancel()
        shelf.free.set()
        assert await stays == "one"
        assert shelf.loads == ["one"]


async def test_the_longest_unused_leaves_first() -> None:
    shelf = Shelf()
    async with caching(shelf, custom_models_max_loaded=2) as (cache, ask):
        for name in ("one", "two", "one", "three"):
            await ask(name)
        assert loaded(cache) == ["one", "three"]
        await ask("two")
        assert loaded(cache) == ["two", "three"]
    assert shelf.loads == ["one", "two", "three", "two"]


async def test_what_is_dropped_has_left_memory_before_the_next_one_comes() -> None:
    shelf = Shelf()
    async with caching(shelf, custom_models_max_loaded=1) as (_, ask):
        for name in (*NAMES, *NAMES):
            await ask(name)
    assert shelf.most_alive == 1


async def test_memory_is_bounded_too() -> None:
    shelf = Shelf(megabytes=40)
    async with caching(shelf, custom_models_max_megabytes=100) as (cache, ask):
        for name in NAMES:
            await ask(name)
        assert loaded(cache) == ["two", "three"]


async def test_a_model_beyond_all_bounds_is_not_kept() -> None:
    async with caching(Shelf(megabytes=101), custom_models_max_megabytes=100) as (cache, ask):
        with pytest.raises(LoadingFailed):
            await ask("one")
        assert loaded(cache) == []


async def test_a_model_that_is_used_stays_until_it_is_not() -> None:
    shelf = Shelf()
    async with caching(shelf, custom_models_max_loaded=1) as (cache, ask):
        async with cache.use("one") as batcher:
            other = asyncio.ensure_future(ask("two"))
            again = asyncio.ensure_future(ask("one"))
            await asyncio.sleep(0.02)
            assert shelf.loads == ["one"]
            assert await batcher.submit([TextQuestion("still here")]) == ["still here"]
        assert await other == "two"
        assert await again == "one"
        assert len(loaded(cache)) == 1


async def test_a_model_that_cannot_be_loaded_is_left_alone_for_a_while(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, now = Shelf(), 1000.0
    monkeypatch.setattr(slots.time, "monotonic", lambda: now)  # type: ignore[attr-defined]
    shelf.broken = True
    async with caching(shelf, custom_models_retry_seconds=10) as (cache, ask):
        slot = cache.slots["one"]
        failures = await asyncio.gather(*(ask("one") for _ in range(5)), return_exceptions=True)
        assert {type(failure) for failure in failures} == {LoadingFailed}
        assert shelf.loads == ["one"]
        assert "no such file, says the disk" in caplog.text
        assert (slot.state, slot.retry_after) == ("failed", 10)

        now += 11
        with pytest.raises(LoadingFailed):
            await ask("one")
        assert (len(shelf.loads), slot.retry_after) == (2, 20)

        shelf.broken = False
        now += 19
        with pytest.raises(LoadingFailed):
            await ask("one")
        assert len(shelf.loads) == 2
        now += 2
        assert await ask("one") == "one"


async def test_loading_is_told_with_seconds_and_megabytes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with caching(Shelf(megabytes=42)) as (_, ask):
        await ask("one")
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "loading the model one"
    assert lines[1].startswith("loaded the model one on cpu in 0.")
    assert lines[1].endswith(" s, 42 MB")
