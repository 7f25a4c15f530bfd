"""The limit of tokens per request, and the cancellation of running requests."""

import asyncio
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.ai.custom_models.port import TextInput
from app.ai.local_models.adapters.text import TextGeneration
from app.ai.local_models.adapters.text import classify_by_entailment
from app.ai.local_models.adapters.text import to_hypothesis
from app.ai.local_models.loading import LoadedModel
from tests.support.accounts import log_in_somebody
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.local_models import get_batcher
from tests.support.local_models import load
from tests.support.local_models import make_config
from tests.support.problems import problem_of
from tests.support.settings import make_settings
from tests.support.tiny_models import MAX_TOKENS
from tests.support.waiting import MAX_WAIT_SECONDS

ZERO_SHOT = "zero-shot-classification"
LABELS = [f"label {number}" for number in range(50)]


class BatchRecorder:
    """Records the sizes of all batches, and can block them."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.released = Event()
        self.released.set()

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Record the batches of every model."""
        predict = LoadedModel.predict

        def record(model: LoadedModel, inputs: Any) -> Any:
            self.batches.append(len(inputs))
            assert self.released.wait(60)
            return predict(model, inputs)

        monkeypatch.setattr(LoadedModel, "predict", record)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> BatchRecorder:
    """Record the batches of every model."""
    recorder = BatchRecorder()
    recorder.install(monkeypatch)
    return recorder


async def rejected(client: AsyncClient, path: str, **body: Any) -> dict[str, str]:
    """Send a request that is rejected, and return its only error."""
    response = await client.post(f"{CUSTOM_MODELS}/{path}", json=body)
    (error,) = problem_of(response, 422, "validation_error")["errors"]
    assert isinstance(error, dict)
    return error


async def test_each_pair_of_text_and_label_counts(
    client: AsyncClient, recorder: BatchRecorder
) -> None:
    path = f"{ZERO_SHOT}/classify"
    error = await rejected(client, path, inputs=["the cat"] * 64, labels=LABELS)
    assert (error["field"], error["code"]) == ("inputs", "too_many_tokens")
    assert "about 102400 tokens" in error["message"]
    assert recorder.batches == [1]  # the warm-up after loading
    body = {"inputs": ["the cat"] * 2, "labels": LABELS}
    assert (await client.post(f"{CUSTOM_MODELS}/{path}", json=body)).status_code == 200
    assert recorder.batches[1:] == [32, 32, 32, 4]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("feature-extraction/embed", {"inputs": ["hello world " * 20] * 4}),
        ("text-generation/generate", {"inputs": ["a"] * 4, "max_new_tokens": 60}),
        ("token-classification/tokens", {"inputs": ["a"] * 7}),
    ],
)
async def test_every_operation_has_the_limit(
    start_app: StartApp,
    connect: Connect,
    config_file: Path,
    path: str,
    body: dict[str, Any],
) -> None:
    app = await start_app(
        custom_models_file=config_file, custom_models_max_tokens_per_request=6 * 32
    )
    client = connect(app)
    await log_in_somebody(client)  # %if jwt
    assert (await rejected(client, path, **body))["code"] == "too_many_tokens"
    smaller = {**body, "inputs": body["inputs"][:2]}
    assert (await client.post(f"{CUSTOM_MODELS}/{path}", json=smaller)).status_code == 200


async def test_a_truncated_text_counts_up_to_the_limit_of_the_model(
    app: FastAPI, client: AsyncClient
) -> None:
    inputs = ["cat " * 10_000] * 20  # the model truncates each text to 64 tokens
    response = await client.post(f"{CUSTOM_MODELS}/sentiment/classify", json={"inputs": inputs})
    assert response.status_code == 200
    model = get_batcher(app, "sentiment")
    assert model._count_tokens(TextInput(inputs[0])) == MAX_TOKENS


async def test_a_cancelled_request_is_not_computed_any_further(
    client: AsyncClient, recorder: BatchRecorder
) -> None:
    url = f"{CUSTOM_MODELS}/{ZERO_SHOT}/classify"
    assert (
        await client.post(url, json={"inputs": ["a"], "labels": ["cat", "dog"]})
    ).status_code == 200
    started = len(recorder.batches)
    recorder.released.clear()
    large = asyncio.ensure_future(
        client.post(url, json={"inputs": ["the cat"] * 20, "labels": LABELS})
    )
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while len(recorder.batches) == started:  # noqa: ASYNC110 - a thread adds batches
            await asyncio.sleep(0.01)
    large.cancel()
    await asyncio.wait([large])
    recorder.released.set()
    small = await client.post(url, json={"inputs": ["the dog"], "labels": ["cat"]})
    assert small.status_code == 200
    assert recorder.batches[started:] == [32, 1]


@pytest.mark.parametrize("labels", [["cat"], ["cat", "a dog", "hello world"]])
def test_zero_shot_scores_equal_those_of_the_pipeline(
    model_folders: Path, labels: list[str]
) -> None:
    model = load(make_config(ZERO_SHOT, str(model_folders / ZERO_SHOT)), make_settings())
    logits = model.predict([TextInput("the cat sat", to_hypothesis(label)) for label in labels])
    result = classify_by_entailment(labels, logits)
    expected = model._adapter.pipe("the cat sat", candidate_labels=labels)
    assert [each.label for each in result.scores] == expected["labels"]
    assert [each.score for each in result.scores] == pytest.approx(expected["scores"], abs=1e-5)


def test_a_long_text_with_a_label_is_rejected_or_truncated(model_folders: Path) -> None:
    model_input = TextInput("cat " * MAX_TOKENS, to_hypothesis("dog"))
    keys = {"task": ZERO_SHOT, "model": str(model_folders / ZERO_SHOT)}
    (reason,) = load(make_config(**keys), make_settings()).predict([model_input])
    assert "the model accepts at most" in str(reason)
    (logits,) = load(make_config(**keys, truncate=True), make_settings()).predict([model_input])
    assert logits.entailment


@pytest.mark.parametrize("all_cancelled", [True, False])
def test_generation_stops_when_all_requests_are_cancelled(
    model_folders: Path, *, all_cancelled: bool
) -> None:
    name = TextGeneration.task
    model = load(make_config(name, str(model_folders / name)), make_settings())
    cancelled, other = Event(), Event()
    cancelled.set()
    if all_cancelled:
        other.set()
    inputs = [
        TextInput("the cat", max_new_tokens=20, cancelled=each) for each in (cancelled, other)
    ]
    lengths = {len(text.split()) for text in model.predict(inputs)}
    assert (max(lengths) == 1) is all_cancelled


async def test_a_client_that_disconnects_cancels_the_generation(
    app: FastAPI, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs: list[TextInput] = []
    url = f"{CUSTOM_MODELS}/text-generation/generate"
    assert (await client.post(url, json={"inputs": ["a"]})).status_code == 200
    batcher = get_batcher(app, "text-generation")
    predict, started, proceed = batcher._predict, Event(), Event()

    async def record(batch: Any) -> Any:
        inputs.extend(batch)
        started.set()
        assert await asyncio.to_thread(proceed.wait, 60)
        return await predict(batch)

    monkeypatch.setattr(batcher, "_predict", record)
    request = asyncio.ensure_future(client.post(url, json={"inputs": ["a"]}))
    await asyncio.to_thread(started.wait, 60)
    assert inputs[0].cancelled is not None
    assert not inputs[0].cancelled.is_set()
    request.cancel()
    await asyncio.wait([request])
    assert inputs[0].cancelled.is_set()
    proceed.set()
