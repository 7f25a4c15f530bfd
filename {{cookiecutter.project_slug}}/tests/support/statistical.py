"""Models for tests over HTTP: training one, and waiting for it."""

import asyncio
from collections.abc import Callable
from typing import Any

from httpx2 import AsyncClient

STATISTICAL = "/api/v1/ai/statistical"
MODELS = f"{STATISTICAL}/models"
LONGEST_WAIT_SECONDS = 60

ROWS = [
    {"age": age, "city": ("Rome", "Oslo")[age % 2], "buys": "yes" if age > 40 else "no"}
    for age in range(20, 60)
]
QUESTION = [{"age": 25, "city": "Rome"}, {"age": "55", "city": "never seen"}]


async def train(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    """Ask for a model, and return the answer."""
    quick = {"name": "buyers", "algorithm": "logistic_regression", "target": "buys", "rows": ROWS}
    response = await client.post(MODELS, json={**quick, **fields})
    assert response.status_code == 202, response.text
    queued: dict[str, Any] = response.json()
    return queued


async def status_of(client: AsyncClient, model_id: str) -> str:
    """How far it is."""
    return str((await read(client, model_id))["status"])


async def read(client: AsyncClient, model_id: str) -> dict[str, Any]:
    """All that is told of a model."""
    response = await client.get(f"{MODELS}/{model_id}")
    assert response.status_code == 200, response.text
    model: dict[str, Any] = response.json()
    return model


async def wait_for(client: AsyncClient, model_id: str, *statuses: str) -> dict[str, Any]:
    """The model, once it has one of these statuses; ready or failed when none is named."""
    wanted = statuses or ("ready", "failed")
    async with asyncio.timeout(LONGEST_WAIT_SECONDS):
        while True:
            model = await read(client, model_id)
            if model["status"] in wanted:
                return model
            await asyncio.sleep(0.05)


async def train_to_the_end(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    """Ask for a model and wait for it."""
    return await wait_for(client, (await train(client, **fields))["id"])


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to come true: files are tidied up when a model is ready already."""
    async with asyncio.timeout(LONGEST_WAIT_SECONDS):
        while True:
            if condition():
                return
            await asyncio.sleep(0.05)
