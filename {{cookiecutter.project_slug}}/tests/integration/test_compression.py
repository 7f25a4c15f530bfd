"""Long answers come compressed to those who can read that; short ones and problems as they are."""

import pytest
from httpx2 import AsyncClient

from tests.support.items import ITEMS
from tests.support.items import make_items


@pytest.fixture
async def items(client: AsyncClient) -> list[str]:
    """Enough of them for a long answer."""
    return await make_items(client, *(f"title {number}" for number in range(20)))


async def test_a_long_answer_is_compressed(client: AsyncClient, items: list[str]) -> None:
    async with client.stream("GET", ITEMS, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in response.headers["Vary"]
        body = await response.aread()
        assert response.num_bytes_downloaded < len(body) / 3
        assert [item["id"] for item in response.json()["items"]] == items[::-1]


async def test_who_cannot_read_that_gets_it_plain(client: AsyncClient, items: list[str]) -> None:
    response = await client.get(ITEMS, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in response.headers
    assert len(response.json()["items"]) == len(items)


async def test_a_short_answer_stays_as_it_is(client: AsyncClient) -> None:
    response = await client.get("/health/live", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response.headers
