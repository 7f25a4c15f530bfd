"""Text that no database can store is refused, in every field, and not echoed."""

import pytest
from httpx2 import AsyncClient

from tests.support.items import ITEMS
from tests.support.items import make_item
from tests.support.problems import refused_fields

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b", "\\udfff"])
@pytest.mark.parametrize("field", ["title", "description"])
async def test_an_item_cannot_hold_it(client: AsyncClient, text: str, field: str) -> None:
    path = f"{ITEMS}/{(await make_item(client))['id']}"
    fields = {"title": '"Tea"', field: f'"{text}"'}
    body = "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"
    assert refused_fields(await client.post(ITEMS, content=body, headers=JSON)) == [field]
    assert refused_fields(await client.patch(path, content=body, headers=JSON)) == [field]


async def test_a_field_may_even_be_named_so(client: AsyncClient) -> None:
    body = '{"title": "Tea", "\\ud800": 1}'
    response = await client.post(ITEMS, content=body, headers=JSON)
    assert refused_fields(response) == ["body"]


async def test_a_cursor_cannot_bring_it(client: AsyncClient) -> None:
    # ["title","\u0000","0190…"], as somebody could write it by hand
    cursor = "WyJ0aXRsZSIsIlx1MDAwMCIsIjAxOTAwMDAwMDAwMDcwMDA4MDAwMDAwMDAwMDAwMDAwIl0"
    query = {"sort": "title", "cursor": cursor}
    assert refused_fields(await client.get(ITEMS, params=query)) == ["cursor"]
