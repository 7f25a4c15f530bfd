"""The examples of /docs train a model that predicts the rows of the other examples."""

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.support.examples import examples
from tests.support.statistical import MODELS
from tests.support.statistical import wait_for

BY_NAME = f"{MODELS}/by-name/{{name}}/predict"


@pytest.mark.parametrize("path", [MODELS, f"{MODELS}/csv"])
async def test_the_examples_work(app: FastAPI, client: AsyncClient, path: str) -> None:
    bodies = {example.path: example.body for example in examples(app.openapi())}
    queued = (await client.post(path, **bodies[path])).json()
    model = await wait_for(client, queued["id"])
    assert (model["status"], model["error"]) == ("ready", None)
    answer = await client.post(BY_NAME.format(name=model["name"]), **bodies[BY_NAME])
    assert answer.json()["predictions"][0]["value"] == pytest.approx(190_000, rel=0.1)
