"""``q`` of the list of items: a literal part of the title, in any case, on every database."""

import pytest
from httpx2 import AsyncClient

from tests.support.items import ITEMS
from tests.support.items import make_items
from tests.support.items import pages
from tests.support.items import titles_of
from tests.support.problems import refused_fields

TITLES = [
    "100 % wool",
    "100 wool",
    "snake_case",
    "snake case",
    "back\\slash",
    "for/ward",
    "ÄRGER",
    "Straße",
    "ΟΔΥΣΣΕΥΣ",
    "tea 🫖",
    'it\'s "quoted"',
]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("%", ["100 % wool"]),
        ("0 %", ["100 % wool"]),
        ("_", ["snake_case"]),
        ("\\", ["back\\slash"]),
        ("\\s", ["back\\slash"]),
        ("/", ["for/ward"]),
        ("WOOL", ["100 % wool", "100 wool"]),
        ("ärger", ["ÄRGER"]),
        ("STRASSE", ["Straße"]),
        ("οδυσσευς", ["ΟΔΥΣΣΕΥΣ"]),
        ("ΣΣ", ["ΟΔΥΣΣΕΥΣ"]),
        ("🫖", ["tea 🫖"]),
        ("arger", []),
        ("'s \"", ['it\'s "quoted"']),
        ("' OR 1=1 --", []),
    ],
)
async def test_it_is_taken_literally_in_any_case(
    client: AsyncClient, q: str, found: list[str]
) -> None:
    await make_items(client, *TITLES)
    assert await titles_of(client, q=q, sort="created_at") == found


async def test_an_empty_one_finds_everything(client: AsyncClient) -> None:
    await make_items(client, *TITLES)
    assert await titles_of(client, q="", sort="created_at") == TITLES


async def test_it_goes_on_over_pages(client: AsyncClient) -> None:
    await make_items(client, "tea 1", "coffee 1", "tea 2", "coffee 2", "tea 3")
    found = [page async for page in pages(client, q="tea", sort="title", limit=1)]
    assert [[item["title"] for item in page] for page in found] == [["tea 1"], ["tea 2"], ["tea 3"]]


async def test_one_that_no_title_could_hold_is_refused(client: AsyncClient) -> None:
    assert refused_fields(await client.get(ITEMS, params={"q": "T" * 201})) == ["q"]
    assert refused_fields(await client.get(ITEMS, params={"q": "T\0"})) == ["q"]
