"""The limit of concurrency: in total, and per client."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from app.kit.client_slots import ClientSlots
from tests.support.waiting import MAX_WAIT_SECONDS


class ClientBusyError(Exception):
    """The slots of the client are taken."""


class AllBusyError(Exception):
    """The slots of all clients are taken."""


def make_slots(
    total: int | None, per_client: int, *, timeout_seconds: float, max_waiting: int | None = None
) -> ClientSlots:
    """Return slots whose errors say which limit was reached."""
    return ClientSlots(
        total,
        per_client,
        max_waiting=max_waiting,
        timeout_seconds=timeout_seconds,
        client_rejection=ClientBusyError,
        total_rejection=AllBusyError,
    )


async def take_and_release(slots: ClientSlots, client: object) -> None:
    """Hold a slot for a moment."""
    async with slots.take(client):
        pass


async def test_each_client_does_one_thing_at_a_time() -> None:
    slots = ClientSlots(2)
    order: list[str] = []

    async def work(name: str) -> None:
        async with slots.take(name[0]):
            order.append(name)
            await asyncio.sleep(0.01)
            order.append(name)

    await asyncio.gather(*map(work, ["a1", "a2", "a3", "b1", "c1"]))
    assert order[:2] == ["a1", "b1"]
    assert order.index("c1") < order.index("a3")
    assert [name for name in order if name.startswith("a")] == ["a1", "a1", "a2", "a2", "a3", "a3"]


async def test_the_error_names_the_limit() -> None:
    slots = make_slots(4, 3, timeout_seconds=0)
    async with AsyncExitStack() as held:
        for _ in range(3):
            await held.enter_async_context(slots.take("anna"))
        with pytest.raises(ClientBusyError):
            await take_and_release(slots, "anna")
        await held.enter_async_context(slots.take("bert"))
        for client in ("bert", "carl"):
            with pytest.raises(AllBusyError):
                await take_and_release(slots, client)
    async with slots.take("anna"), slots.take("bert"):
        pass


async def test_without_a_total_only_the_own_slots_count() -> None:
    slots = make_slots(None, 1, timeout_seconds=0)
    async with AsyncExitStack() as held:
        for number in range(100):
            await held.enter_async_context(slots.take(number))
        with pytest.raises(ClientBusyError):
            await take_and_release(slots, 0)


async def test_waiting_for_own_slots_does_not_block_others() -> None:
    slots = make_slots(2, 1, timeout_seconds=MAX_WAIT_SECONDS)
    async with slots.take("anna"):
        waiting = [asyncio.create_task(take_and_release(slots, "anna")) for _ in range(5)]
        await asyncio.sleep(0)
        async with asyncio.timeout(MAX_WAIT_SECONDS), slots.take("bert"):
            pass
        assert not any(task.done() for task in waiting)
    await asyncio.wait_for(asyncio.gather(*waiting), MAX_WAIT_SECONDS)


async def test_more_waiting_tasks_than_allowed_are_rejected_at_once() -> None:
    slots = make_slots(None, 2, timeout_seconds=MAX_WAIT_SECONDS, max_waiting=3)
    async with slots.take("anna"), slots.take("anna"):
        waiting = [asyncio.create_task(take_and_release(slots, "anna")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(ClientBusyError):
            await take_and_release(slots, "anna")
        await take_and_release(slots, "bert")
    await asyncio.wait_for(asyncio.gather(*waiting), MAX_WAIT_SECONDS)
    await take_and_release(slots, "anna")


async def test_a_task_that_is_cancelled_while_it_waits_leaves_its_place_to_others() -> None:
    slots = make_slots(1, 1, timeout_seconds=MAX_WAIT_SECONDS, max_waiting=1)
    begun: list[str] = []

    async def work(client: str) -> None:
        async with slots.take(client):
            begun.append(client)

    async with slots.take("a"):
        cancelled = asyncio.create_task(work("b"))
        staying = asyncio.create_task(work("b"))
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        assert begun == []
    await asyncio.wait_for(staying, MAX_WAIT_SECONDS)
    assert begun == ["b"]


async def test_a_time_out_ends_no_operation_that_has_a_slot() -> None:
    async with make_slots(1, 1, timeout_seconds=0.01).take("anna"):
        await asyncio.sleep(0.05)


async def test_clients_without_slots_use_no_memory() -> None:
    slots = make_slots(2, 1, timeout_seconds=0)
    for number in range(100):
        async with slots.take(number):
            assert len(slots._clients) == 1
    assert len(slots._clients) == 0
