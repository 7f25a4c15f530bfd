"""Micro-batches, with a model that only echoes."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextlib import suppress
from types import SimpleNamespace

import pytest

from app.ai.custom_models.batching import Batcher
from app.ai.custom_models.batching import QueueFull
from app.ai.custom_models.batching import Refused
from app.ai.custom_models.port import TextQuestion
from app.ai.custom_models.port import Unusable
from tests.support.custom_models import EchoModel

Ask = Callable[..., Awaitable[list[str]]]


@asynccontextmanager
async def batching(
    model: EchoModel, batch_size: int = 4, queue_size: int = 100, workers: int = 1
) -> AsyncIterator[Ask]:
    """Asks the model for texts, through a batcher."""
    with ThreadPoolExecutor(workers) as thread:
        batcher = Batcher(
            model.answer,
            thread,
            batch_size=batch_size,
            queue_size=queue_size,
            padding=model.padding,
            workers=workers,
        )

        def ask(*texts: str, group: str = "") -> Awaitable[list[str]]:
            labels = (group,) if group else ()
            return batcher.submit([TextQuestion(text, labels=labels) for text in texts])

        yield ask
        await batcher.close()


@asynccontextmanager
async def busy(model: EchoModel, ask: Ask) -> AsyncIterator[None]:
    """Inside, the model is at its first text, and others have to wait."""
    release = model.hold()
    first = asyncio.ensure_future(ask("first"))
    await model.reaches(len(model.batches) + 1)
    yield
    await asyncio.sleep(0.02)
    release()
    assert await first == ["first"]


async def test_answers_come_in_order_whatever_the_batches_are() -> None:
    model = EchoModel()
    texts = [f"{number}" * (number * 7 % 11 + 1) for number in range(40)]
    async with batching(model) as ask:
        assert await ask(*texts) == texts
    assert sorted(itertools.chain(*model.batches)) == sorted(texts)
    assert max(map(len, model.batches)) == 4


async def test_requests_that_come_together_are_answered_together() -> None:
    model = EchoModel()
    async with batching(model) as ask:
        async with busy(model, ask):
            answers = asyncio.gather(ask("aa"), ask("b"), ask("cccc", "ddd"))
        assert list(await answers) == [["aa"], ["b"], ["cccc", "ddd"]]
    assert model.batches == [["first"], ["cccc", "ddd", "aa", "b"]]  # by length


async def test_between_two_answers_others_get_a_turn() -> None:
    model, turns, seen = EchoModel(), 0, []

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def someone(ask: Ask, text: str) -> None:
        await ask(text)
        seen.append(turns)

    async with batching(model) as ask:
        async with busy(model, ask):
            asking = asyncio.gather(*(someone(ask, text) for text in "abcd"))
            counting = asyncio.create_task(others())
        await asking
        counting.cancel()
    assert model.batches == [["first"], [*"abcd"]]
    assert len(set(seen)) == 4


async def test_after_a_failure_nobody_waits_for_the_others() -> None:
    model, asked = EchoModel(), dict[str, int]()

    async def someone(ask: Ask, *texts: str) -> None:
        with suppress(Refused):
            await ask(*texts)
        asked[texts[0]] = len(model.batches)

    async with batching(model) as ask:
        async with busy(model, ask):
            asking = asyncio.gather(someone(ask, "good"), someone(ask, "bad", "bad", "fine"))
        await asking
    together = ["good", "fine", "bad", "bad"]
    assert model.batches == [["first"], together, ["good"], ["fine"], ["bad"]]
    assert asked["good"] < asked["bad"] == 5


async def test_after_others_came_the_first_waits_a_moment_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.ai.custom_models.batching.WAIT_SECONDS", 60)  # or until two are there
    model = EchoModel()
    async with batching(model, batch_size=2) as ask:
        await asyncio.gather(ask("a"), ask("b"))
        model.batches.clear()
        first = asyncio.ensure_future(ask("c"))
        await asyncio.sleep(0.01)
        await asyncio.gather(first, ask("d"))
    assert model.batches == [["c", "d"]]


async def test_much_padding_is_not_worth_it() -> None:
    model = EchoModel(padding=10)
    async with batching(model) as ask:
        await ask("x" * 100, "x" * 95, "x" * 3, "x" * 2, "x" * 94)
    assert [[len(text) for text in batch] for batch in model.batches] == [[100, 95], [94], [3, 2]]


async def test_several_workers_take_batches_side_by_side() -> None:
    model = EchoModel()
    async with batching(model, workers=2) as ask:
        release = model.hold()
        waiting = asyncio.ensure_future(ask(*"abcdefghij"))
        await model.reaches(2)
        await asyncio.sleep(0.05)
        assert len(model.batches) == 2
        release()
        assert await waiting == [*"abcdefghij"]
    assert [len(batch) for batch in model.batches] == [4, 4, 2]


async def test_only_equal_questions_share_a_batch() -> None:
    model = EchoModel()
    async with batching(model) as ask:
        async with busy(model, ask):
            answers = asyncio.gather(ask("a", group="x"), ask("b", group="y"))
        assert list(await answers) == [["a"], ["b"]]
    assert model.batches == [["first"], ["a"], ["b"]]


async def test_a_bad_input_fails_alone() -> None:
    model = EchoModel()
    async with batching(model) as ask:
        async with busy(model, ask):
            requests = ask("a"), ask("b", "bad"), ask("c"), ask("d", "e", "odd")
            answers = asyncio.gather(*requests, return_exceptions=True)
        good, broken, other, odd = await answers
    assert (good, other) == (["a"], ["c"])
    assert isinstance(broken, Refused)
    assert (broken.index, type(broken.reason)) == (1, RuntimeError)
    assert isinstance(odd, Refused)
    assert (odd.index, type(odd.reason)) == (2, Unusable)


async def test_who_is_gone_is_dropped_before_it_runs() -> None:
    model = EchoModel()
    async with batching(model, queue_size=3) as ask:
        async with busy(model, ask):
            gone = asyncio.ensure_future(ask("x", "y", "z"))
            await asyncio.sleep(0.02)
            with pytest.raises(QueueFull):
                await ask("late")
            gone.cancel()
            await asyncio.wait([gone])
            stays = asyncio.ensure_future(ask("a", "b", "c"))
        assert await stays == ["a", "b", "c"]
    assert model.batches == [["first"], ["a", "b", "c"]]


async def test_a_full_queue_says_when_there_will_be_room(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=itertools.count(0, 0.25).__next__)  # one takes so long
    monkeypatch.setattr("app.ai.custom_models.batching.time", clock)
    model = EchoModel()
    async with batching(model, batch_size=1, queue_size=10) as ask:
        await ask("this tells how long one takes")
        async with busy(model, ask):
            waiting = asyncio.ensure_future(ask(*"abcdefghij"))
            await asyncio.sleep(0.02)
            with pytest.raises(QueueFull) as caught:
                await ask("one too many")
            assert caught.value.retry_after == 3
            waiting.cancel()
            await asyncio.wait([waiting])


async def test_one_request_may_be_longer_than_the_queue() -> None:
    model = EchoModel()
    async with batching(model, queue_size=2) as ask:
        assert await ask(*"abcdef") == [*"abcdef"]


async def test_a_model_that_loses_an_answer_is_no_endless_wait() -> None:
    with ThreadPoolExecutor(1) as thread:
        batcher = Batcher(lambda _: [], thread, batch_size=2, queue_size=9, padding=0)
        with pytest.raises(Refused):
            await batcher.submit([TextQuestion("a"), TextQuestion("b")])
        await batcher.close()
