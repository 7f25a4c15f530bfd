"""A small body must not become a large table: it has all columns that any row has."""

import json
from collections.abc import AsyncIterator
from collections.abc import Callable
from typing import Any
from typing import BinaryIO
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from httpx2 import Response

from app.ai.statistical import service
from app.ai.statistical.tables import write_csv
from app.kit.storage import Storage
from tests.support.accounts import log_in_somebody
from tests.support.apps import StartApp
from tests.support.apps import new_client
from tests.support.problems import problem_of
from tests.support.statistical import MODELS
from tests.support.statistical import STATISTICAL
from tests.support.storage import stored_files

SPARSE = [{f"a{number}": 1} for number in range(6000)]
"""76 KB as JSON, 36 million cells as a table."""


@pytest.fixture
async def app(start_app: StartApp, storage_url: str) -> FastAPI:
    """Start an application with small limits."""
    limits = {"table_max_columns": 50, "table_max_cells": 1000}
    return await start_app(training_workers=1, storage_url=storage_url, **limits)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Return a client of this application."""
    async with new_client(app) as client:
        await log_in_somebody(client)  # %if jwt
        yield client


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list to which the size of each written table is added."""
    sizes: list[int] = []

    def write(file: BinaryIO, rows: list[Any]) -> None:
        write_csv(file, rows)
        sizes.append(file.tell())

    monkeypatch.setattr(service, "write_csv", write)
    return sizes


def code_of(response: Response) -> str:
    """Return the error code of ``rows``."""
    (error,) = problem_of(response, 422, "validation_error")["errors"]
    assert error["field"] == "rows"
    return str(error["code"])


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (SPARSE, "too_many_columns"),
        ([{f"a{number}": 1 for number in range(51)}], "too_many_columns"),
        ([{f"a{number % 50}": 1} for number in range(50)], "too_many_cells"),
    ],
)
async def test_a_large_table_is_rejected_before_it_is_written(
    client: AsyncClient, written: list[int], storage: Storage, rows: list[Any], code: str
) -> None:
    assert len(json.dumps(rows)) < 100_000
    order = {"name": "wide", "rows": rows}
    assert code_of(await client.post(f"{STATISTICAL}/describe", json={"rows": rows})) == code
    assert code_of(await client.post(MODELS, json=order)) == code
    assert written == []
    assert await stored_files(storage) == set()


async def test_predictions_have_the_same_limits(client: AsyncClient) -> None:
    for path in (uuid4(), "by-name/buyers"):
        response = await client.post(f"{MODELS}/{path}/predict", json={"rows": SPARSE[:1000]})
        assert code_of(response) == "too_many_columns"


async def test_the_size_of_a_table_is_bounded_by_the_body_and_its_cells(
    client: AsyncClient, written: list[int]
) -> None:
    rows = [{f"a{number % 40}": "x" * 100} for number in range(25)]  # 1000 cells
    response = await client.post(f"{STATISTICAL}/describe", json={"rows": rows})
    assert response.status_code == 200
    assert 1000 < written[0] < len(json.dumps(rows)) + 1000


@pytest.mark.parametrize(
    "count",
    [
        lambda: [{str(number): [] for number in range(90_000)}],
        lambda: [{"a": []}] * 90_000,
        lambda: [{"": 1}] * 90_000,
        lambda: ["no row"] * 90_000,
    ],
)
async def test_only_the_first_invalid_cell_is_reported(
    client: AsyncClient, count: Callable[[], list[Any]]
) -> None:
    response = await client.post(f"{STATISTICAL}/describe", json={"rows": count()})
    assert len(problem_of(response, 422, "validation_error")["errors"]) == 1
