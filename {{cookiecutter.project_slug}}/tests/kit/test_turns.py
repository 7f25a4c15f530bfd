"""Turns: how many clients do something at once, and who is next."""

import asyncio

from app.kit.turns import ClientSlots
from tests.support.waiting import MAX_WAIT_SECONDS


async def test_each_client_does_one_thing_at_a_time() -> None:
    turns = ClientSlots(2)
    order: list[str] = []

    async def work(name: str) -> None:
        async with turns.take(name[0]):
            order.append(name)
            await asyncio.sleep(0.01)
            order.append(name)

    await asyncio.gather(*map(work, ["a1", "a2", "a3", "b1", "c1"]))
    assert order[:2] == ["a1", "b1"]
    assert order.index("c1") < order.index("a3")
    assert [name for name in order if name.startswith("a")] == ["a1", "a1", "a2", "a2", "a3", "a3"]


async def test_a_client_that_gives_up_leaves_its_place_to_others() -> None:
    turns = ClientSlots(1)
    begun: list[str] = []

    async def work(client: str) -> None:
        async with turns.take(client):
            begun.append(client)

    async with turns.take("a"):
        gone, staying = asyncio.create_task(work("b")), asyncio.create_task(work("b"))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        assert begun == []
    await asyncio.wait_for(staying, MAX_WAIT_SECONDS)
    assert begun == ["b"]
