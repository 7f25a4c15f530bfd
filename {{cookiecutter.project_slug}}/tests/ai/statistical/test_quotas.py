"""Limits of owners and of the queue, also with parallel requests."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from httpx2 import Response

from app.kit.storage import Storage
from tests.support.accounts import log_in_somebody
from tests.support.apps import StartApp
from tests.support.apps import new_client
from tests.support.problems import problem_of
from tests.support.statistical import MODELS
from tests.support.statistical import ROWS
from tests.support.statistical import train
from tests.support.statistical import train_to_the_end
from tests.support.storage import stored_files

REQUEST = {"name": "buyers", "target": "buys", "rows": ROWS}
LONG_ROWS = [{**row, "note": "x" * 10_000} for row in ROWS]
"""400 KB as CSV."""


@pytest.fixture
async def app(start_app: StartApp, storage_url: str, request: pytest.FixtureRequest) -> FastAPI:
    """Start an application with the settings of the test; by default, it runs no trainings."""
    return await start_app(**{"training_workers": 0, "storage_url": storage_url, **request.param})


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Return a client of this application."""
    async with new_client(app) as client:
        await log_in_somebody(client)  # %if jwt
        yield client


def limits(**values: int) -> pytest.MarkDecorator:
    """Return a marker with settings of the application."""
    return pytest.mark.parametrize("app", [values], indirect=True)


async def post(client: AsyncClient, **fields: Any) -> Response:
    """Request a training."""
    return await client.post(MODELS, json={**REQUEST, **fields})


@pytest.mark.parametrize(
    ("app", "error"),
    [
        ({"training_queue_size": 5}, (503, "queue_full")),
        ({"max_queued_trainings_per_owner": 5}, (409, "too_many_queued")),
        ({"max_models_per_owner": 5}, (409, "too_many_models")),
    ],
    indirect=["app"],
)
async def test_parallel_requests_do_not_exceed_a_limit(
    client: AsyncClient, storage: Storage, error: tuple[int, str]
) -> None:
    names = [f"model {number}" for number in range(12)]
    responses = await asyncio.gather(*(post(client, name=name) for name in names))
    found = Counter(response.status_code for response in responses)
    assert found == {202: 5, error[0]: 7}
    for response in responses:
        if response.status_code != 202:
            problem_of(response, *error)
    assert len((await client.get(MODELS)).json()["items"]) == 5
    assert len(await stored_files(storage)) == 5


@limits(max_models_per_owner=2, model_versions_kept=1)
async def test_versions_that_will_be_deleted_do_not_count(client: AsyncClient) -> None:
    for name in ("a", "a", "b", "a"):
        assert (await post(client, name=name)).status_code == 202
    problem_of(await post(client, name="c"), 409, "too_many_models")
    for model in (await client.get(MODELS, params={"name": "b"})).json()["items"]:
        await client.delete(f"{MODELS}/{model['id']}")
    assert (await post(client, name="c")).status_code == 202


@limits(max_model_storage_mb_per_owner=1)
async def test_queued_tables_count_as_stored(client: AsyncClient, storage: Storage) -> None:
    queued = [await train(client, rows=LONG_ROWS) for _ in range(2)]
    problem_of(await post(client, rows=LONG_ROWS), 409, "storage_full")
    assert len(await stored_files(storage)) == 2
    await client.delete(f"{MODELS}/{queued[0]['id']}")
    assert (await post(client, rows=LONG_ROWS)).status_code == 202


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        ({"training_workers": 1, "max_model_mb": 1}, "the limit is 1 MB"),
        ({"training_workers": 1, "max_model_storage_mb_per_owner": 1}, "would exceed 1 MB"),
    ],
    indirect=["app"],
)
async def test_a_model_that_exceeds_a_limit_fails_and_leaves_no_file(
    client: AsyncClient, app: FastAPI, storage: Storage, reason: str
) -> None:
    rows = [{"x": number * number % 1009, "y": number * 7 % 997} for number in range(300)]
    model = await train_to_the_end(client, rows=rows, algorithm="isolation_forest", target=None)
    assert model["status"] == "failed"
    assert reason in model["error"]
    await app.state.statistical.trainer.close()
    assert await stored_files(storage) == set()
