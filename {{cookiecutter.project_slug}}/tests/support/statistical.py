"""Train models over HTTP, and wait for them."""

import asyncio
from collections.abc import Callable
from typing import Any

from httpx2 import AsyncClient

from tests.support.waiting import MAX_WAIT_SECONDS

STATISTICAL = "/api/v1/ai/statistical"
MODELS = f"{STATISTICAL}/models"

ROWS = [
    {"age": age, "city": ("Rome", "Oslo")[age % 2], "buys": "yes" if age > 40 else "no"}
    for age in range(20, 60)
]
QUESTION = [{"age": 25, "city": "Rome"}, {"age": "55", "city": "never seen"}]


async def train(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    """Request a training, and return the queued model."""
    defaults = {
        "name": "buyers",
        "algorithm": "logistic_regression",
        "target": "buys",
        "rows": ROWS,
    }
    response = await client.post(MODELS, json={**defaults, **fields})
    assert response.status_code == 202, response.text
    queued: dict[str, Any] = response.json()
    return queued


async def status_of(client: AsyncClient, model_id: str) -> str:
    """Return the status of a model."""
    return str((await read(client, model_id))["status"])


async def read(client: AsyncClient, model_id: str) -> dict[str, Any]:
    """Return a model."""
    response = await client.get(f"{MODELS}/{model_id}")
    assert response.status_code == 200, response.text
    model: dict[str, Any] = response.json()
    return model


async def wait_for(client: AsyncClient, model_id: str, *statuses: str) -> dict[str, Any]:
    """Wait until the model has one of these statuses, by default ready or failed."""
    wanted = statuses or ("ready", "failed")
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while True:
            model = await read(client, model_id)
            if model["status"] in wanted:
                return model
            await asyncio.sleep(0.05)


async def train_to_the_end(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    """Request a training, and wait until it has ended."""
    return await wait_for(client, (await train(client, **fields))["id"])


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, such as the deletion of files, which follows the end of a training."""
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while True:
            if condition():
                return
            await asyncio.sleep(0.05)
