"""Validation of training requests."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.support.accounts import log_in_somebody
from tests.support.apps import new_client
from tests.support.problems import problem_of
from tests.support.problems import refused_fields
from tests.support.statistical import MODELS
from tests.support.statistical import ROWS
from tests.support.statistical import STATISTICAL
from tests.support.statistical import train

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def client(idle_app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Return a client of an application that runs no trainings."""
    async with new_client(idle_app) as client:
        await log_in_somebody(client)  # %if jwt
        yield client


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "N" * 101}, "name"),
        ({"name": "a/b"}, "name"),
        ({"algorithm": "magic"}, "algorithm"),
        ({"algorithm": "ridge", "target": None}, "body"),
        ({"algorithm": "kmeans"}, "body"),
        ({"algorithm": "kmeans", "target": None, "task": "regression"}, "body"),
        ({"task": "clustering"}, "body"),
        ({"features": ["buys"]}, "body"),
        ({"features": ["age", "city", " age"]}, "features"),
        ({"target": ""}, "target"),
        ({"rows": []}, "rows"),
        ({"rows": [{"": 1}]}, "rows.0..[key]"),
        ({"rows": [{"a": []}]}, "rows.0.a"),
        ({"rows": "a,b"}, "rows"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_an_invalid_field_is_named(
    client: AsyncClient, fields: dict[str, Any], field: str
) -> None:
    body = {"name": "buyers", "target": "buys", "rows": ROWS, **fields}
    assert refused_fields(await client.post(MODELS, json=body)) == [field]


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b"])
async def test_text_that_cannot_be_stored_is_rejected(client: AsyncClient, text: str) -> None:
    for body, field in (
        ('{"name": "%s", "rows": [{"a": 1}]}', "name"),
        ('{"name": "n", "target": "%s", "rows": [{"a": 1}]}', "target"),
        ('{"name": "n", "features": ["%s"], "rows": [{"a": 1}]}', "features.0"),
        ('{"name": "n", "rows": [{"a": "%s"}]}', "rows.0.a"),
    ):
        response = await client.post(MODELS, content=body % text, headers=JSON)
        assert refused_fields(response) == [field]
    body = f'{{"name": "n", "rows": [{{"{text}": 1}}]}}'
    response = await client.post(MODELS, content=body, headers=JSON)
    assert refused_fields(response)[0].startswith("rows.0")
    query = {"name": "\0"}
    assert refused_fields(await client.get(MODELS, params=query)) == ["name"]


async def test_numbers_of_any_size_are_accepted(client: AsyncClient) -> None:
    body = '{"name": "n", "rows": [{"a": 1e999, "b": %s, "c": -0.0, "d": NaN}]}' % ("9" * 4000)
    assert (await client.post(MODELS, content=body, headers=JSON)).status_code == 202


async def test_parallel_requests_get_different_versions(client: AsyncClient) -> None:
    queued = await asyncio.gather(*(train(client) for _ in range(8)))
    assert sorted(each["version"] for each in queued) == list(range(1, 9))
    listed = (await client.get(MODELS, params={"limit": 5})).json()
    assert len(listed["items"]) == 5
    rest = await client.get(MODELS, params={"limit": 5, "cursor": listed["next_cursor"]})
    assert {each["id"] for each in listed["items"] + rest.json()["items"]} == {
        each["id"] for each in queued
    }
    assert {each["status"] for each in listed["items"]} == {"queued"}


async def test_the_queue_is_bounded(client: AsyncClient) -> None:
    for _ in range(12):
        await train(client)
    body = {"name": "buyers", "target": "buys", "rows": ROWS}
    response = await client.post(MODELS, json=body)
    problem_of(response, 503, "queue_full")
    assert response.headers["Retry-After"] == "30"


async def test_rows_are_described(client: AsyncClient) -> None:
    profile = (await client.post(f"{STATISTICAL}/describe", json={"rows": ROWS})).json()
    assert profile["rows"] == 40
    assert [column["type"] for column in profile["columns"]] == ["number", "category", "boolean"]
    assert profile["columns"][0]["numbers"]["mean"] == 39.5
    refused = await client.post(f"{STATISTICAL}/describe", json={"rows": [{" a": 1, "a ": 2}]})
    assert refused.status_code == 200
