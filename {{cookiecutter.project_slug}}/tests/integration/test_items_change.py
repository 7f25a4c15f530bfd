"""PATCH of an item: what is absent stays, null clears, and times follow."""

from datetime import datetime
from typing import Any

import pytest
from httpx2 import AsyncClient

from tests.support.items import ITEMS
from tests.support.items import ids_of
from tests.support.items import make_item
from tests.support.problems import refused_fields


@pytest.mark.parametrize(
    ("change", "title", "description"),
    [
        ({"title": "Coffee"}, "Coffee", "Green"),
        ({"description": "Black"}, "Tea", "Black"),
        ({"description": None}, "Tea", None),
        ({"title": " Coffee ", "description": ""}, "Coffee", ""),
        ({}, "Tea", "Green"),
    ],
)
async def test_only_what_is_given_changes(
    client: AsyncClient, change: dict[str, Any], title: str, description: str | None
) -> None:
    path = f"{ITEMS}/{(await make_item(client, description='Green'))['id']}"
    response = await client.patch(path, json=change)
    assert response.status_code == 200
    assert (response.json()["title"], response.json()["description"]) == (title, description)
    assert (await client.get(path)).json() == response.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": None}, "title"),
        ({"title": ""}, "title"),
        ({"id": "0"}, "id"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "created_at"),
    ],
)
async def test_what_cannot_change_is_refused(
    client: AsyncClient, change: dict[str, Any], field: str
) -> None:
    item = await make_item(client)
    response = await client.patch(f"{ITEMS}/{item['id']}", json=change)
    assert refused_fields(response) == [field]
    assert (await client.get(f"{ITEMS}/{item['id']}")).json() == item


async def test_a_change_moves_the_time_of_change_only(client: AsyncClient) -> None:
    item = await make_item(client)
    response = await client.patch(f"{ITEMS}/{item['id']}", json={"title": "Coffee"})
    changed = response.json()
    assert changed["created_at"] == item["created_at"]
    moved = datetime.fromisoformat(changed["updated_at"])
    assert moved > datetime.fromisoformat(item["updated_at"])


async def test_a_new_title_is_what_lists_find_and_sort_by(client: AsyncClient) -> None:
    first = await make_item(client, title="Apple")
    second = await make_item(client, title="Banana")
    await client.patch(f"{ITEMS}/{first['id']}", json={"title": "Cherry"})
    assert await ids_of(client, sort="title") == [second["id"], first["id"]]
    assert await ids_of(client, q="apple") == []
    assert await ids_of(client, q="cherry") == [first["id"]]
