"""Every task, run by a real pipeline with random weights."""

import io
import math
from typing import Any

import numpy
import pytest
import soundfile
from httpx2 import AsyncClient
from PIL import Image

from tests.support.custom_models import CUSTOM_MODELS
from tests.support.problems import problem_of
from tests.support.problems import refused_fields
from tests.support.tiny_models import FACTORIES
from tests.support.tiny_models import LABELS
from tests.support.tiny_models import MAX_TOKENS

TEXTS = ["the cat sat on the mat", "good dog"]


async def post_texts(client: AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    """Return the response to texts."""
    response = await client.post(f"{CUSTOM_MODELS}/{path}", json={"inputs": TEXTS, **body})
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()
    return result


async def post_file(
    client: AsyncClient, path: str, content: bytes, name: str = "x"
) -> dict[str, Any]:
    """Return the response to a file."""
    response = await client.post(f"{CUSTOM_MODELS}/{path}", files={"file": (name, content)})
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()
    return result


def png(width: int = 50, height: int = 40) -> bytes:
    """Return an image."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "PNG")
    return file.getvalue()


def wav(seconds: float = 1, rate: int = 22_050) -> bytes:
    """Return a recording of noise."""
    file = io.BytesIO()
    noise = numpy.random.default_rng(0).normal(0, 0.1, int(seconds * rate))
    soundfile.write(file, noise, rate, format="WAV")
    return file.getvalue()


async def test_text_classification(client: AsyncClient) -> None:
    results = (await post_texts(client, "text-classification/classify"))["results"]
    assert len(results) == 2
    for result in results:
        assert {each["label"] for each in result["scores"]} == set(LABELS)
        assert math.isclose(sum(each["score"] for each in result["scores"]), 1, abs_tol=1e-5)
        assert {"label": result["label"], "score": result["score"]} == result["scores"][0]
    alone = await post_texts(client, "text-classification/classify", inputs=TEXTS[:1])
    assert alone["results"][0]["score"] == pytest.approx(results[0]["score"], abs=1e-5)


async def test_configured_labels_replace_those_of_the_model(client: AsyncClient) -> None:
    renamed = {"NEG": "sad", "POS": "glad", "NEU": "calm"}
    own = (await post_texts(client, "text-classification/classify"))["results"]
    configured = (await post_texts(client, "sentiment/classify"))["results"]
    assert [renamed[each["label"]] for each in own] == [each["label"] for each in configured]


async def test_zero_shot_classification(client: AsyncClient) -> None:
    path = "zero-shot-classification/classify"
    results = (await post_texts(client, path, labels=["cat", "dog", "cat"]))["results"]
    assert {each["label"] for each in results[0]["scores"]} == {"cat", "dog"}
    configured = (await post_texts(client, "topics/classify"))["results"]
    assert {each["label"] for each in configured[0]["scores"]} == {"tea", "football"}
    body = {"inputs": TEXTS}
    response = await client.post(f"{CUSTOM_MODELS}/{path}", json=body)
    assert refused_fields(response) == ["labels"]
    response = await client.post(
        f"{CUSTOM_MODELS}/text-classification/classify", json={**body, "labels": ["a"]}
    )
    assert refused_fields(response) == ["labels"]


async def test_token_classification(client: AsyncClient) -> None:
    results = (await post_texts(client, "token-classification/tokens"))["results"]
    assert len(results) == 2
    for text, result in zip(TEXTS, results, strict=True):
        assert result["entities"]
        for entity in result["entities"]:
            assert entity["label"] in ("PER", "LOC")
            assert text[entity["start"] : entity["end"]] == entity["text"]


async def test_embeddings(client: AsyncClient) -> None:
    body = await post_texts(client, "feature-extraction/embed")
    assert body["dimension"] == 32
    for vector in body["embeddings"]:
        assert len(vector) == 32
        assert math.isclose(math.hypot(*vector), 1, abs_tol=1e-5)
    alone = await post_texts(client, "feature-extraction/embed", inputs=TEXTS[1:])
    assert alone["embeddings"][0] == pytest.approx(body["embeddings"][1], abs=1e-5)


async def test_text_generation(client: AsyncClient) -> None:
    body = await post_texts(client, "text-generation/generate", max_new_tokens=6)
    assert len(body["texts"]) == 2
    assert all(1 <= len(text.split()) <= 6 for text in body["texts"])
    again = await post_texts(client, "text-generation/generate", max_new_tokens=6, inputs=TEXTS[:1])
    assert again["texts"] == body["texts"][:1]


async def test_image_classification(client: AsyncClient) -> None:
    body = await post_file(client, "image-classification/classify-image", png())
    assert {each["label"] for each in body["scores"]} == set(LABELS)
    assert body["label"] == body["scores"][0]["label"]


async def test_object_detection(client: AsyncClient) -> None:
    small = await post_file(client, "object-detection/detect-objects", png())
    assert small["objects"]
    large = await post_file(client, "object-detection/detect-objects", png(5000, 4000))
    for found, width, height in [(small, 50, 40), (large, 5000, 4000)]:
        for each in found["objects"]:
            assert each["label"] in ("cat", "dog")
            assert 0 <= each["box"]["xmin"] <= each["box"]["xmax"] <= width
            assert 0 <= each["box"]["ymin"] <= each["box"]["ymax"] <= height
    assert max(each["box"]["xmax"] for each in large["objects"]) > 2000


async def test_speech_recognition(client: AsyncClient) -> None:
    body = await post_file(client, "automatic-speech-recognition/transcribe", wav(), "song.txt")
    assert set(body) == {"text"}
    assert body["text"]


async def test_models_are_listed_with_their_states(client: AsyncClient) -> None:
    await post_texts(client, "feature-extraction/embed")
    models = (await client.get(CUSTOM_MODELS)).json()["models"]
    listed = {model["name"]: model for model in models}
    assert listed.keys() == FACTORIES.keys() - {"fill-mask"} | {"sentiment", "topics", "writer"}
    model = listed["feature-extraction"]
    assert 0 < model.pop("load_seconds") < 60
    assert 0 < model.pop("megabytes") < 1
    assert model == {
        "name": "feature-extraction",
        "task": "feature-extraction",
        "path": "embed",
        "loaded": True,
        "state": "ready",
        "device": "cpu",
    }
    assert listed["sentiment"]["state"] == "idle"
    assert listed["sentiment"]["device"] is None


@pytest.mark.parametrize("path", ["classify", "tokens", "embed", "generate"])
async def test_the_path_of_another_task_is_rejected_with_the_right_path(
    client: AsyncClient, path: str
) -> None:
    model, right = ("text-classification", "classify")
    if path == right:
        model, right = ("feature-extraction", "embed")
    response = await client.post(f"{CUSTOM_MODELS}/{model}/{path}", json={"inputs": ["a"]})
    problem = problem_of(response, 422, "validation_error")
    assert problem["errors"][0]["code"] == "wrong_task"
    assert f"/{right}." in problem["errors"][0]["message"]


@pytest.mark.parametrize("path", ["classify-image", "detect-objects", "transcribe"])
async def test_the_upload_path_of_another_task_is_rejected(client: AsyncClient, path: str) -> None:
    url = f"{CUSTOM_MODELS}/feature-extraction/{path}"
    response = await client.post(url, files={"file": ("x", b"")})
    assert refused_fields(response) == ["name"]


async def test_an_unknown_model_is_not_found(client: AsyncClient) -> None:
    response = await client.post(f"{CUSTOM_MODELS}/none/embed", json={"inputs": ["a"]})
    problem_of(response, 404, "not_found")


async def test_a_text_that_is_too_long_is_rejected_or_truncated(client: AsyncClient) -> None:
    inputs = ["cat", "cat " * MAX_TOKENS]
    for path in ("text-classification/classify", "feature-extraction/embed"):
        response = await client.post(f"{CUSTOM_MODELS}/{path}", json={"inputs": inputs})
        assert refused_fields(response) == ["inputs.1"]
        assert f"66 tokens, and the model accepts at most {MAX_TOKENS}" in response.text
    assert len((await post_texts(client, "sentiment/classify", inputs=inputs))["results"]) == 2
    response = await client.post(
        f"{CUSTOM_MODELS}/text-generation/generate",
        json={"inputs": ["cat " * 40], "max_new_tokens": 30},
    )
    assert refused_fields(response) == ["inputs.0"]
    truncated = await post_texts(
        client, "writer/generate", inputs=["cat " * 100], max_new_tokens=30
    )
    assert truncated["texts"][0]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "inputs"),
        ({"inputs": []}, "inputs"),
        ({"inputs": [""]}, "inputs.0"),
        ({"inputs": ["a\0"]}, "inputs.0"),
        ({"inputs": ["a"] * 257}, "inputs"),
        ({"inputs": "a"}, "inputs"),
        ({"inputs": ["a"], "colour": 1}, "colour"),
    ],
)
async def test_an_invalid_field_is_named(
    client: AsyncClient, body: dict[str, Any], field: str
) -> None:
    response = await client.post(f"{CUSTOM_MODELS}/feature-extraction/embed", json=body)
    assert refused_fields(response) == [field]
