"""Pages of items: every order with ties, stable while rows come and go."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC
from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import update

from app.models.item import Item
from app.utils.ids import new_id
from tests.support.items import ITEMS
from tests.support.items import ids_of
from tests.support.items import make_item
from tests.support.items import make_items
from tests.support.items import pages
from tests.support.items import titles_of
from tests.support.problems import problem_of
from tests.support.problems import refused_fields

SORTS = ["created_at", "updated_at", "title"]


async def test_an_empty_list_is_one_page(client: AsyncClient) -> None:
    response = await client.get(ITEMS)
    assert response.status_code == 200
    assert response.json() == {"items": [], "next_cursor": None}


async def test_lists_start_with_the_newest(client: AsyncClient) -> None:
    ids = await make_items(client, "a", "c", "b")
    assert await ids_of(client) == ids[::-1]


async def test_a_page_holds_twenty_by_default(client: AsyncClient) -> None:
    await make_items(client, *"abcdefghijklmnopqrstu")
    assert [len(page) async for page in pages(client)] == [20, 1]
    assert [len(page) async for page in pages(client, limit=100)] == [21]


async def test_a_last_page_that_is_full_has_no_next(client: AsyncClient) -> None:
    await make_items(client, *"abcd")
    assert [len(page) async for page in pages(client, limit=2)] == [2, 2]


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
@pytest.mark.parametrize("limit", [1, 3])
async def test_pages_follow_the_order(client: AsyncClient, sort: str, limit: int) -> None:
    ids = await make_items(client, "a", "b", "c", "d", "e")
    await client.patch(f"{ITEMS}/{ids[1]}", json={"title": "f"})
    moved = [ids[0], *ids[2:], ids[1]]
    order = ids if "created" in sort else moved
    assert await ids_of(client, sort=sort, limit=limit) == order[:: -1 if "-" in sort else 1]


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
async def test_ties_are_in_the_order_of_their_making(
    app: FastAPI, client: AsyncClient, sort: str
) -> None:
    ids = await make_items(client, "tea", "Tea", "TEA", "tEA", "teA")
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    async with app.state.resources.database.write() as session:
        await session.execute(update(Item).values(created_at=moment, updated_at=moment))
    assert await ids_of(client, sort=sort, limit=2) == ids[:: -1 if "-" in sort else 1]


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "title", "-title"])
async def test_rows_that_come_and_go_neither_repeat_nor_hide_others(
    client: AsyncClient, sort: str
) -> None:
    ids = await make_items(client, "b", "d", "f", "h", "j", "l")
    expected = ids[:: -1 if "-" in sort else 1]
    seen = []
    async for page in pages(client, sort=sort, limit=2):
        seen += [item["id"] for item in page if item["id"] in ids]
        if len(seen) == 2:
            await client.delete(f"{ITEMS}/{seen[0]}")
            await client.delete(f"{ITEMS}/{seen[1]}")
            await make_items(client, "a", "g", "z")
    assert seen == expected


async def test_titles_sort_alike_on_every_database(client: AsyncClient) -> None:
    titles = ["_", "apple", "Apple pie", "Banana", "zebra", "Ärger", "Ωmega", "日本", "🫖"]
    await make_items(client, *reversed(titles))
    assert await titles_of(client, sort="title", limit=1) == titles


@pytest.mark.parametrize("title", ["ΐ" * 200, "🫖" * 200, "\u0001" * 200])
async def test_pages_go_on_behind_the_longest_title(client: AsyncClient, title: str) -> None:
    ids = await make_items(client, f"{title[:-1]}a", f"{title[:-1]}b", f"{title[:-1]}c")
    assert await ids_of(client, sort="title", limit=1) == ids


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"sort": "owner_id"}, "sort"),  # %if jwt
        ({"sort": "description"}, "sort"),
        ({"sort": "--title"}, "sort"),
        ({"sort": ""}, "sort"),
        ({"cursor": "garbage"}, "cursor"),
        ({"cursor": ""}, "cursor"),
        ({"cursor": "A" * 5000}, "cursor"),
    ],
)
async def test_a_wrong_question_is_refused_and_never_corrected(
    client: AsyncClient, query: dict[str, str], field: str
) -> None:
    assert refused_fields(await client.get(ITEMS, params=query)) == [field]


async def test_a_cursor_leads_through_its_own_order_only(client: AsyncClient) -> None:
    await make_items(client, "a", "b")
    first = await client.get(ITEMS, params={"sort": "title", "limit": 1})
    query = {"sort": "-title", "cursor": first.json()["next_cursor"]}
    problem = problem_of(await client.get(ITEMS, params=query), 422, "validation_error")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        ("cursor", "invalid_cursor")
    ]


@pytest.mark.parametrize("value", [["tea"], {"a": "tea"}, 5, None, "\0"])
async def test_a_cursor_with_a_value_of_another_type_is_refused(
    client: AsyncClient, value: Any
) -> None:
    content = json.dumps(["title", value, new_id().hex]).encode()
    query = {"sort": "title", "cursor": urlsafe_b64encode(content).decode()}
    problem = problem_of(await client.get(ITEMS, params=query), 422, "validation_error")
    assert [error["code"] for error in problem["errors"]] == ["invalid_cursor"]


async def test_a_cursor_outlives_the_row_it_names(client: AsyncClient) -> None:
    ids = await make_items(client, "a", "b", "c")
    first = await client.get(ITEMS, params={"sort": "title", "limit": 1})
    await client.delete(f"{ITEMS}/{ids[0]}")
    await make_item(client, title="aa")
    query = {"sort": "title", "cursor": first.json()["next_cursor"]}
    found = (await client.get(ITEMS, params=query)).json()["items"]
    assert [item["title"] for item in found] == ["aa", "b", "c"]
