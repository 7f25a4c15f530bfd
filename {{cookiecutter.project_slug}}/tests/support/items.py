"""Items for tests: making one, and walking through pages of many."""

from collections.abc import AsyncIterator
from typing import Any

from httpx2 import AsyncClient

ITEMS = "/api/v1/items"


async def make_item(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    """Store an item and return the answer."""
    response = await client.post(ITEMS, json={"title": "Tea", **fields})
    assert response.status_code == 201, response.text
    item: dict[str, Any] = response.json()
    return item


async def make_items(client: AsyncClient, *titles: str) -> list[str]:
    """Store an item for each title and return their ids."""
    return [(await make_item(client, title=title))["id"] for title in titles]


async def pages(client: AsyncClient, **query: Any) -> AsyncIterator[list[dict[str, Any]]]:
    """Every page of a list, each asked for when the one before has been looked at."""
    cursor: str | None = None
    while True:
        params = query if cursor is None else {**query, "cursor": cursor}
        response = await client.get(ITEMS, params=params)
        assert response.status_code == 200, response.text
        yield response.json()["items"]
        cursor = response.json()["next_cursor"]
        if cursor is None:
            return


async def ids_of(client: AsyncClient, **query: Any) -> list[str]:
    """The ids of a whole list, in its order."""
    return [item["id"] async for page in pages(client, **query) for item in page]


async def titles_of(client: AsyncClient, **query: Any) -> list[str]:
    """The titles of a whole list, in its order."""
    return [item["title"] async for page in pages(client, **query) for item in page]
