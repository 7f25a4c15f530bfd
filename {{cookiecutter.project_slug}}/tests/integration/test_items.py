"""Items over HTTP: making, reading, changing and deleting one."""

import asyncio
from datetime import UTC
from datetime import datetime
from typing import Any
from uuid import UUID
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from app.utils.ids import new_id
from tests.support.items import ITEMS
from tests.support.items import make_item
from tests.support.no_content import is_no_content
from tests.support.problems import problem_of
from tests.support.problems import refused_fields


async def test_a_new_item_can_be_read_again(client: AsyncClient) -> None:
    item = await make_item(client, title="Tea", description="Green")
    assert (item["title"], item["description"]) == ("Tea", "Green")
    response = await client.get(f"{ITEMS}/{item['id']}")
    assert response.status_code == 200
    assert response.json() == item


async def test_a_new_item_has_an_id_and_times(client: AsyncClient) -> None:
    before = datetime.now(UTC)
    item = await make_item(client)
    created = datetime.fromisoformat(item["created_at"])
    assert UUID(item["id"]).version == 7
    assert before <= created <= datetime.now(UTC)
    assert item["updated_at"] == item["created_at"]
    assert item["description"] is None


async def test_a_request_with_an_id_may_be_sent_again(client: AsyncClient) -> None:
    body = {"id": str(new_id()), "title": " Tea", "description": "Green"}
    item = await make_item(client, **body)
    assert item["id"] == body["id"]
    again = await client.post(ITEMS, json=body)
    assert (again.status_code, again.json()) == (200, item)
    assert len((await client.get(ITEMS)).json()["items"]) == 1


@pytest.mark.parametrize("fields", [{"title": "Coffee"}, {"description": "Black"}])
async def test_an_id_is_of_one_content(client: AsyncClient, fields: dict[str, Any]) -> None:
    body = {"id": str(new_id()), "title": "Tea"}
    item = await make_item(client, **body)
    problem_of(await client.post(ITEMS, json={**body, **fields}), 409, "id_reused")
    assert (await client.get(f"{ITEMS}/{body['id']}")).json() == item


async def test_of_many_equal_requests_at_once_one_stores_the_item(client: AsyncClient) -> None:
    body = {"id": str(new_id()), "title": "Tea"}
    responses = await asyncio.gather(*(client.post(ITEMS, json=body) for _ in range(8)))
    assert sorted(response.status_code for response in responses) == [*[200] * 7, 201]
    assert len({response.text for response in responses}) == 1


async def test_a_chosen_id_must_sort_by_age(client: AsyncClient) -> None:
    response = await client.post(ITEMS, json={"id": str(uuid4()), "title": "Tea"})
    assert refused_fields(response) == ["id"]


async def test_a_title_is_trimmed_and_a_description_is_not(client: AsyncClient) -> None:
    item = await make_item(client, title="  Tea \n", description=" Green ")
    assert (item["title"], item["description"]) == ("Tea", " Green ")


@pytest.mark.parametrize("title", ["T" * 200, "🫖" * 200, "ΐ" * 200, "T"])
async def test_titles_may_have_200_characters_of_any_kind(client: AsyncClient, title: str) -> None:
    item = await make_item(client, title=title, description="🍵" * 2000)
    assert (await client.get(f"{ITEMS}/{item['id']}")).json() == item
    assert (item["title"], item["description"]) == (title, "🍵" * 2000)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": " \t"}, "title"),
        ({"title": "T" * 201}, "title"),
        ({"title": None}, "title"),
        ({"title": 7}, "title"),
        ({"title": "Tea", "description": "D" * 2001}, "description"),
        ({"title": "Tea", "id": "no id"}, "id"),
        ({"title": "Tea", "titel": "Tea"}, "titel"),
        ({}, "title"),
    ],
)
async def test_a_wrong_field_is_named(
    client: AsyncClient, fields: dict[str, Any], field: str
) -> None:
    assert refused_fields(await client.post(ITEMS, json=fields)) == [field]


async def test_a_deleted_item_is_gone(client: AsyncClient) -> None:
    path = f"{ITEMS}/{(await make_item(client))['id']}"
    response = await client.delete(path)
    assert is_no_content(response)
    problem_of(await client.get(path), 404, "not_found")
    problem_of(await client.patch(path, json={"title": "Coffee"}), 404, "not_found")
    problem_of(await client.delete(path), 404, "not_found")


async def test_an_id_that_is_none_is_refused(client: AsyncClient) -> None:
    assert refused_fields(await client.get(f"{ITEMS}/7")) == ["item_id"]


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b", "\\udfff"])
@pytest.mark.parametrize("field", ["title", "description"])
async def test_no_text_can_be_what_no_database_stores(
    client: AsyncClient, text: str, field: str
) -> None:
    path = f"{ITEMS}/{(await make_item(client))['id']}"
    headers = {"Content-Type": "application/json"}
    body = f'{{"title": "Tea", "{field}": "{text}"}}'
    for method, address in (("POST", ITEMS), ("PATCH", path)):
        response = await client.request(method, address, content=body, headers=headers)
        assert refused_fields(response) == [field]
