"""Every task, answered by a model server with each API."""

import io
import math
import wave
from pathlib import Path
from typing import Any

import numpy
import pytest
import soundfile
from httpx2 import AsyncClient
from PIL import Image

from tests.support.accounts import log_in_somebody
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.custom_models import write_config_file
from tests.support.fake_inference_server import KEY
from tests.support.fake_inference_server import SCORES
from tests.support.fake_inference_server import FakeModelServer
from tests.support.fake_inference_server import respond_json
from tests.support.fake_inference_server import vector_of
from tests.support.problems import problem_of
from tests.support.problems import refused_fields

TEXTS = ["ada lives here", "tea"]
RANKED = {"label": "bad", "score": 0.75, "scores": SCORES[::-1]}


async def post(client: AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    """Return the response to texts."""
    response = await client.post(f"{CUSTOM_MODELS}/{path}", json={"inputs": TEXTS, **body})
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()
    return result


async def upload(client: AsyncClient, path: str, content: bytes) -> dict[str, Any]:
    """Return the response to a file."""
    response = await client.post(f"{CUSTOM_MODELS}/{path}", files={"file": ("x", content)})
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()
    return result


def jpeg(width: int, height: int) -> bytes:
    """Return an image."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "JPEG")
    return file.getvalue()


def flac() -> bytes:
    """Return a second of noise."""
    file = io.BytesIO()
    noise = numpy.random.default_rng(0).normal(0, 0.1, 22_050)
    soundfile.write(file, noise, 22_050, format="FLAC")
    return file.getvalue()


@pytest.mark.parametrize("api", ["hf", "openai"])
async def test_embeddings_have_length_1_and_the_order_of_the_texts(
    client: AsyncClient, api: str, server: FakeModelServer
) -> None:
    body = await post(client, f"{api}-embed/embed")
    assert body["dimension"] == 2
    for text, vector in zip(TEXTS, body["embeddings"], strict=True):
        length = math.hypot(*vector_of(text))
        assert vector == pytest.approx([each / length for each in vector_of(text)], abs=1e-6)
    assert len(server.exchanges) == 1


@pytest.mark.parametrize("api", ["hf", "openai"])
async def test_text_classification(client: AsyncClient, api: str) -> None:
    assert (await post(client, f"{api}-classify/classify"))["results"] == [RANKED, RANKED]


async def test_nested_lists_of_labels_are_understood(
    client: AsyncClient, server: FakeModelServer
) -> None:
    server.respond_with(respond_json([SCORES]))
    assert (await post(client, "hf-classify/classify"))["results"] == [RANKED, RANKED]


async def test_vllm_names_only_the_best_label_unless_labels_are_configured(
    start_app: StartApp, connect: Connect, server: FakeModelServer, tmp_path: Path
) -> None:
    keys: dict[str, Any] = {"task": "text-classification", "url": server.url}
    keys |= {"api": "openai", "model": "small"}
    models = {"plain": keys, "labeled": {**keys, "labels": ["good", "bad"]}}
    file = write_config_file(tmp_path / "models.toml", models)
    client = connect(await start_app(custom_models_file=file))
    await log_in_somebody(client)  # %if jwt
    server.respond_with(respond_json({"data": [{"label": "bad", "probs": [0.25, 0.75]}]}))
    best = {"label": "bad", "score": 0.75}
    plain = (await post(client, "plain/classify"))["results"]
    assert plain == [{**best, "scores": [best]}] * 2
    assert (await post(client, "labeled/classify"))["results"] == [RANKED, RANKED]


async def test_zero_shot_classification(client: AsyncClient, server: FakeModelServer) -> None:
    labels = ["tea", "football"]
    results = (await post(client, "hf-topics/classify", labels=labels))["results"]
    assert [each["label"] for each in results[0]["scores"]] == labels
    server.respond_with(respond_json({"sequence": "", "labels": labels, "scores": [0.2, 0.8]}))
    results = (await post(client, "hf-topics/classify", labels=labels))["results"]
    assert [each["label"] for each in results] == ["football", "football"]
    response = await client.post(f"{CUSTOM_MODELS}/hf-topics/classify", json={"inputs": TEXTS})
    assert refused_fields(response) == ["labels"]


async def test_token_classification(client: AsyncClient) -> None:
    results = (await post(client, "hf-tokens/tokens", inputs=["ada lives here"]))["results"]
    entity = {"label": "PER", "score": 0.9, "text": "ada", "start": 0, "end": 3}
    assert results == [{"entities": [entity]}]


@pytest.mark.parametrize("api", ["hf", "openai"])
async def test_text_generation(client: AsyncClient, server: FakeModelServer, api: str) -> None:
    body = await post(client, f"{api}-generate/generate", max_new_tokens=7)
    assert body["texts"] == [f"{text} goes on" for text in TEXTS]
    bodies = [exchange.body for exchange in server.exchanges]
    if api == "openai":
        assert [body["max_tokens"] for body in bodies] == [7, 7]
    else:
        assert [body["parameters"]["max_new_tokens"] for body in bodies] == [7, 7]


async def test_image_classification(client: AsyncClient, server: FakeModelServer) -> None:
    assert await upload(client, "hf-classify-image/classify-image", jpeg(50, 40)) == RANKED
    (exchange,) = server.exchanges
    assert exchange.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(exchange.content)).size == (50, 40)


async def test_objects_are_in_pixels_of_the_uploaded_image(client: AsyncClient) -> None:
    small = await upload(client, "hf-detect-objects/detect-objects", jpeg(50, 40))
    assert [(each["label"], each["score"]) for each in small["objects"]] == [
        ("dog", 0.9),
        ("cat", 0.6),
    ]
    assert small["objects"][0]["box"] == {"xmin": 1, "ymin": 2, "xmax": 30, "ymax": 20}
    large = await upload(client, "hf-detect-objects/detect-objects", jpeg(2666, 2000))
    assert large["objects"][0]["box"] == {"xmin": 2, "ymin": 4, "xmax": 60, "ymax": 40}


@pytest.mark.parametrize("api", ["hf", "openai"])
async def test_recordings_are_sent_as_wav(
    client: AsyncClient, server: FakeModelServer, api: str
) -> None:
    body = await upload(client, f"{api}-transcribe/transcribe", flac())
    assert body == {"text": "tea is ready"}
    content = server.exchanges[0].content
    with wave.open(io.BytesIO(content[content.index(b"RIFF") :])) as audio:
        assert (audio.getframerate(), audio.getnchannels(), audio.getnframes()) == (16000, 1, 16000)


async def test_a_damaged_file_is_not_sent(client: AsyncClient, server: FakeModelServer) -> None:
    url = f"{CUSTOM_MODELS}/hf-classify-image/classify-image"
    response = await client.post(url, files={"file": ("x.png", b"no image")})
    assert refused_fields(response) == ["file"]
    assert server.exchanges == []


@pytest.mark.parametrize("api", ["hf", "openai"])
async def test_the_server_gets_its_key(
    client: AsyncClient, server: FakeModelServer, api: str
) -> None:
    await post(client, f"{api}-embed/embed")
    assert server.exchanges[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("keys", [{"api_key_name": "fake"}, {"truncate": False}])
async def test_without_a_key_no_other_token_is_sent(
    client: AsyncClient,
    server: FakeModelServer,
    monkeypatch: pytest.MonkeyPatch,
    keys: dict[str, Any],
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_this_machine")
    await post(client, "hf-classify/classify")
    sent = server.exchanges[0].headers.get("authorization")
    assert sent == (f"Bearer {KEY}" if "api_key_name" in keys else None)


async def test_remote_models_are_listed(client: AsyncClient) -> None:
    models = (await client.get(CUSTOM_MODELS)).json()["models"]
    listed = {model["name"]: model for model in models}
    assert listed["openai-embed"] == {
        "name": "openai-embed",
        "task": "feature-extraction",
        "path": "embed",
        "loaded": True,
        "state": "ready",
        "device": "remote",
        "megabytes": None,
        "load_seconds": None,
    }


async def test_the_path_of_another_task_is_rejected_with_the_right_path(
    client: AsyncClient,
) -> None:
    response = await client.post(f"{CUSTOM_MODELS}/hf-embed/classify", json={"inputs": ["a"]})
    problem = problem_of(response, 422, "validation_error")
    assert problem["errors"][0]["code"] == "wrong_task"
    assert "/embed." in problem["errors"][0]["message"]
