"""Dynamic batching, with a model that returns its inputs."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from app.ai.custom_models.batching import Batcher
from app.ai.custom_models.batching import BatchLimits
from app.ai.custom_models.batching import InputFailed
from app.ai.custom_models.batching import QueueFull
from app.ai.custom_models.batching import RequestTooLarge
from app.ai.custom_models.port import InvalidModelInput
from app.ai.custom_models.port import TextInput
from tests.support.custom_models import EchoModel

Submit = Callable[..., Awaitable[list[str]]]


def make_limits(**limits: Any) -> BatchLimits:
    """Limits that are too high to matter, except for the given ones."""
    defaults = {
        "batch_size": 4,
        "batch_tokens": 10_000,
        "max_padding": 1000,
        "max_request_tokens": 10_000,
        "max_queued_tokens": 20_000,
    }
    return BatchLimits(**{**defaults, **limits})


@asynccontextmanager
async def start_batcher(model: EchoModel, workers: int = 1, **limits: Any) -> AsyncIterator[Submit]:
    """Yield a function that submits texts to a batcher."""
    with ThreadPoolExecutor(workers) as thread:

        async def predict(inputs: Sequence[TextInput]) -> list[Any]:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(thread, model.predict, inputs)

        batcher = Batcher(predict, model.count_tokens, make_limits(**limits), workers)

        def submit(*texts: str, group: int = 0, client: str = "me") -> Awaitable[list[str]]:
            return batcher.submit([TextInput(text, "", group) for text in texts], client)

        yield submit
        await batcher.close()


@asynccontextmanager
async def keep_busy(model: EchoModel, submit: Submit) -> AsyncIterator[None]:
    """Keep the model busy with a first text, so that other requests are queued."""
    release = model.block()
    first = asyncio.ensure_future(submit("first"))
    await model.wait_for_batches(len(model.batches) + 1)
    yield
    await asyncio.sleep(0.02)
    release()
    assert await first == ["first"]


async def test_outputs_are_in_the_order_of_the_inputs() -> None:
    model = EchoModel()
    texts = [f"{number}" * (number * 7 % 11 + 1) for number in range(40)]
    async with start_batcher(model) as submit:
        assert await submit(*texts) == texts
    assert sorted(itertools.chain(*model.batches)) == sorted(texts)
    assert max(map(len, model.batches)) == 4


async def test_concurrent_requests_share_a_batch() -> None:
    model = EchoModel()
    async with start_batcher(model) as submit:
        async with keep_busy(model, submit):
            answers = asyncio.gather(submit("aa"), submit("b"), submit("cccc", "ddd"))
        assert list(await answers) == [["aa"], ["b"], ["cccc", "ddd"]]
    assert model.batches == [["first"], ["cccc", "ddd", "aa", "b"]]  # by length


async def test_the_event_loop_runs_other_tasks_between_deliveries() -> None:
    model, turns, seen = EchoModel(), 0, []

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def send(submit: Submit, text: str) -> None:
        await submit(text)
        seen.append(turns)

    async with start_batcher(model) as submit:
        async with keep_busy(model, submit):
            sending = asyncio.gather(*(send(submit, text) for text in "abcd"))
            counting = asyncio.create_task(count_turns())
        await sending
        counting.cancel()
    assert model.batches == [["first"], [*"abcd"]]
    assert len(set(seen)) == 4


async def test_after_a_failed_batch_each_output_is_delivered_at_once() -> None:
    model, asked = EchoModel(), dict[str, int]()

    async def send(submit: Submit, *texts: str) -> None:
        with suppress(InputFailed):
            await submit(*texts)
        asked[texts[0]] = len(model.batches)

    async with start_batcher(model) as submit:
        async with keep_busy(model, submit):
            sending = asyncio.gather(send(submit, "good"), send(submit, "bad", "bad", "fine"))
        await sending
    together = ["good", "fine", "bad", "bad"]
    assert model.batches == [["first"], together, ["good"], ["fine"], ["bad"]]
    assert asked["good"] < asked["bad"] == 5


async def test_after_concurrent_requests_the_next_batch_waits_for_more_inputs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "app.ai.custom_models.batching.BATCH_WAIT_SECONDS", 60
    )  # until the batch is full
    model = EchoModel()
    async with start_batcher(model, batch_size=2) as submit:
        await asyncio.gather(submit("a"), submit("b"))
        model.batches.clear()
        first = asyncio.ensure_future(submit("c"))
        await asyncio.sleep(0.01)
        await asyncio.gather(first, submit("d"))
    assert model.batches == [["c", "d"]]


async def test_padding_is_limited() -> None:
    model = EchoModel()
    async with start_batcher(model, max_padding=10) as submit:
        await submit("x" * 100, "x" * 95, "x" * 3, "x" * 2, "x" * 94)
    assert [[len(text) for text in batch] for batch in model.batches] == [[100, 95], [3, 2], [94]]


async def test_several_workers_run_batches_in_parallel() -> None:
    model = EchoModel()
    async with start_batcher(model, workers=2) as submit:
        release = model.block()
        waiting = asyncio.ensure_future(submit(*"abcdefghij"))
        await model.wait_for_batches(2)
        await asyncio.sleep(0.05)
        assert len(model.batches) == 2
        release()
        assert await waiting == [*"abcdefghij"]
    assert [len(batch) for batch in model.batches] == [4, 4, 2]


async def test_inputs_of_different_groups_do_not_share_a_batch() -> None:
    model = EchoModel()
    async with start_batcher(model) as submit:
        async with keep_busy(model, submit):
            answers = asyncio.gather(submit("a", group=1), submit("b", group=2))
        assert list(await answers) == [["a"], ["b"]]
    assert model.batches == [["first"], ["a"], ["b"]]


async def test_a_failed_input_fails_only_its_own_request() -> None:
    model = EchoModel()
    async with start_batcher(model) as submit:
        async with keep_busy(model, submit):
            requests = submit("a"), submit("b", "bad"), submit("c"), submit("d", "e", "invalid")
            answers = asyncio.gather(*requests, return_exceptions=True)
        good, broken, other, invalid = await answers
    assert (good, other) == (["a"], ["c"])
    assert isinstance(broken, InputFailed)
    assert (broken.index, type(broken.reason)) == (1, RuntimeError)
    assert isinstance(invalid, InputFailed)
    assert (invalid.index, type(invalid.reason)) == (2, InvalidModelInput)


async def test_a_cancelled_request_leaves_the_queue() -> None:
    model = EchoModel()
    async with start_batcher(model, max_queued_tokens=3) as submit:
        async with keep_busy(model, submit):
            gone = asyncio.ensure_future(submit("x", "y", "z"))
            await asyncio.sleep(0.02)
            with pytest.raises(QueueFull):
                await submit("late")
            gone.cancel()
            await asyncio.wait([gone])
            stays = asyncio.ensure_future(submit("a", "b", "c"))
        assert await stays == ["a", "b", "c"]
    assert model.batches == [["first"], ["a", "b", "c"]]


async def test_a_full_queue_reports_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=itertools.count(0, 0.25).__next__)  # seconds per input
    monkeypatch.setattr("app.ai.custom_models.batching.time", clock)
    model = EchoModel()
    async with start_batcher(model, batch_size=1, max_queued_tokens=10) as submit:
        await submit("x")  # measures the seconds per token
        async with keep_busy(model, submit):
            waiting = asyncio.ensure_future(submit(*"abcdefghij"))
            await asyncio.sleep(0.02)
            with pytest.raises(QueueFull) as caught:
                await submit("k")
            assert caught.value.retry_after == 3
            waiting.cancel()
            await asyncio.wait([waiting])


async def test_one_client_cannot_fill_the_queue() -> None:
    model = EchoModel()
    async with start_batcher(model, max_request_tokens=10, max_queued_tokens=20) as submit:
        async with keep_busy(model, submit):
            waiting = asyncio.ensure_future(submit("x" * 10))
            await asyncio.sleep(0.02)
            with pytest.raises(QueueFull):
                await submit("y")
            other = asyncio.ensure_future(submit("z", client="another"))
        assert await waiting == ["x" * 10]
        assert await other == ["z"]


async def test_the_tokens_of_a_request_are_limited() -> None:
    model = EchoModel()
    async with start_batcher(model, max_request_tokens=10) as submit:
        assert await submit("aaaaa", "bbbbb") == ["aaaaa", "bbbbb"]
        with pytest.raises(RequestTooLarge, match="11 tokens, limit 10"):
            await submit("aaaaa", "bbbbbb")
    assert model.batches == [["aaaaa", "bbbbb"]]


async def test_the_tokens_of_a_batch_are_limited_padding_included() -> None:
    model = EchoModel()
    async with start_batcher(model, batch_tokens=12) as submit:
        await submit("xxxx", "yyy", "zz", "long" * 9, "w")
    assert model.batches == [["xxxx", "yyy", "zz"], ["long" * 9], ["w"]]


@pytest.mark.parametrize("lengths", [[5], [3, 30, 300], [200]])
async def test_a_large_request_delays_a_small_one_by_at_most_two_batches(
    lengths: list[int],
) -> None:
    model = EchoModel()
    texts = [str(number % 10) * lengths[number % len(lengths)] for number in range(64)]
    async with start_batcher(model, max_request_tokens=20_000) as submit:
        release = model.block()
        large = asyncio.ensure_future(submit(*texts))
        await model.wait_for_batches(1)
        small = asyncio.ensure_future(submit("small", client="another"))
        await asyncio.sleep(0.02)
        release()
        await asyncio.gather(large, small)
    (place,) = [place for place, batch in enumerate(model.batches) if "small" in batch]
    assert place <= 2


async def test_a_client_with_many_requests_gets_one_share() -> None:
    model = EchoModel()
    async with start_batcher(model, batch_size=1) as submit:
        async with keep_busy(model, submit):
            many = asyncio.gather(*(submit(f"many {number}") for number in range(10)))
            await asyncio.sleep(0.02)
            other = asyncio.gather(*(submit(f"other {number}", client="x") for number in range(3)))
        await asyncio.gather(many, other)
    turns = [text.split()[0] for (text,) in model.batches]
    assert turns[:7].count("other") == 3


async def test_cancelled_inputs_are_not_computed() -> None:
    model = EchoModel()
    async with start_batcher(model) as submit:
        release = model.block()
        gone = asyncio.ensure_future(submit(*map(str, range(64))))
        await model.wait_for_batches(1)
        gone.cancel()
        await asyncio.wait([gone])
        release()
        assert await submit("next") == ["next"]
    assert [len(batch) for batch in model.batches] == [4, 1]


async def test_after_a_failed_batch_cancelled_inputs_are_not_computed() -> None:
    model = EchoModel()
    async with start_batcher(model) as submit:
        release = model.block()
        gone = asyncio.ensure_future(submit("bad", "a", "b", "c"))
        await model.wait_for_batches(1)
        gone.cancel()
        await asyncio.wait([gone])
        release()
        assert await submit("next") == ["next"]
    assert [len(batch) for batch in model.batches] == [4, 1]


async def test_a_model_that_returns_too_few_outputs_fails_the_request() -> None:
    async def predict(_: Sequence[TextInput]) -> list[Any]:
        return []

    batcher = Batcher(predict, lambda _: 1, make_limits())
    with pytest.raises(InputFailed):
        await batcher.submit([TextInput("a"), TextInput("b")])
    await batcher.close()
