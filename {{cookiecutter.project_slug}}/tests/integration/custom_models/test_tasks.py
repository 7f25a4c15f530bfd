"""Each task by its path, answered by a real pipeline with random weights."""

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
from tests.support.tiny_models import LONGEST
from tests.support.tiny_models import MAKERS
from tests.support.tiny_models import MOODS

TEXTS = ["the cat sat on the mat", "good dog"]


async def ask(client: AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    """The answer to these texts."""
    response = await client.post(f"{CUSTOM_MODELS}/{path}", json={"inputs": TEXTS, **body})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def upload(client: AsyncClient, path: str, content: bytes, name: str = "x") -> dict[str, Any]:
    """The answer to a file."""
    response = await client.post(f"{CUSTOM_MODELS}/{path}", files={"file": (name, content)})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def png(width: int = 50, height: int = 40) -> bytes:
    """A file with an image."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "PNG")
    return file.getvalue()


def wav(seconds: float = 1, rate: int = 22_050) -> bytes:
    """A file with noise."""
    file = io.BytesIO()
    noise = numpy.random.default_rng(0).normal(0, 0.1, int(seconds * rate))
    soundfile.write(file, noise, rate, format="WAV")
    return file.getvalue()


async def test_texts_get_labels(client: AsyncClient) -> None:
    results = (await ask(client, "text-classification/classify"))["results"]
    assert len(results) == 2
    for result in results:
        assert {each["label"] for each in result["scores"]} == set(MOODS)
        assert math.isclose(sum(each["score"] for each in result["scores"]), 1, abs_tol=1e-5)
        assert {"label": result["label"], "score": result["score"]} == result["scores"][0]
    alone = await ask(client, "text-classification/classify", inputs=TEXTS[:1])
    assert alone["results"][0]["score"] == pytest.approx(results[0]["score"], abs=1e-5)


async def test_labels_are_shown_as_declared(client: AsyncClient) -> None:
    shown = {"NEG": "sad", "POS": "glad", "NEU": "calm"}
    own = (await ask(client, "text-classification/classify"))["results"]
    declared = (await ask(client, "moods/classify"))["results"]
    assert [shown[each["label"]] for each in own] == [each["label"] for each in declared]


async def test_a_choice_of_labels_comes_with_the_request(client: AsyncClient) -> None:
    path = "zero-shot-classification/classify"
    results = (await ask(client, path, labels=["cat", "dog", "cat"]))["results"]
    assert {each["label"] for each in results[0]["scores"]} == {"cat", "dog"}
    declared = (await ask(client, "topics/classify"))["results"]
    assert {each["label"] for each in declared[0]["scores"]} == {"tea", "football"}
    body = {"inputs": TEXTS}
    response = await client.post(f"{CUSTOM_MODELS}/{path}", json=body)
    assert refused_fields(response) == ["labels"]
    response = await client.post(
        f"{CUSTOM_MODELS}/text-classification/classify", json={**body, "labels": ["a"]}
    )
    assert refused_fields(response) == ["labels"]


async def test_things_are_found_in_texts(client: AsyncClient) -> None:
    results = (await ask(client, "token-classification/tokens"))["results"]
    assert len(results) == 2
    for text, result in zip(TEXTS, results, strict=True):
        assert result["entities"]
        for entity in result["entities"]:
            assert entity["label"] in ("PER", "LOC")
            assert text[entity["start"] : entity["end"]] == entity["text"]


async def test_texts_become_vectors(client: AsyncClient) -> None:
    answer = await ask(client, "feature-extraction/embed")
    assert answer["dimension"] == 32
    for vector in answer["embeddings"]:
        assert len(vector) == 32
        assert math.isclose(math.hypot(*vector), 1, abs_tol=1e-5)
    alone = await ask(client, "feature-extraction/embed", inputs=TEXTS[1:])
    assert alone["embeddings"][0] == pytest.approx(answer["embeddings"][1], abs=1e-5)


async def test_texts_go_on(client: AsyncClient) -> None:
    answer = await ask(client, "text-generation/generate", max_new_tokens=6)
    assert len(answer["texts"]) == 2
    assert all(1 <= len(text.split()) <= 6 for text in answer["texts"])
    again = await ask(client, "text-generation/generate", max_new_tokens=6, inputs=TEXTS[:1])
    assert again["texts"] == answer["texts"][:1]


async def test_an_image_gets_a_label(client: AsyncClient) -> None:
    answer = await upload(client, "image-classification/classify-image", png())
    assert {each["label"] for each in answer["scores"]} == set(MOODS)
    assert answer["label"] == answer["scores"][0]["label"]


async def test_things_are_found_in_an_image(client: AsyncClient) -> None:
    small = await upload(client, "object-detection/detect-objects", png())
    assert small["objects"]
    large = await upload(client, "object-detection/detect-objects", png(5000, 4000))
    for found, width, height in [(small, 50, 40), (large, 5000, 4000)]:
        for each in found["objects"]:
            assert each["label"] in ("cat", "dog")
            assert 0 <= each["box"]["xmin"] <= each["box"]["xmax"] <= width
            assert 0 <= each["box"]["ymin"] <= each["box"]["ymax"] <= height
    assert max(each["box"]["xmax"] for each in large["objects"]) > 2000


async def test_a_sound_becomes_text(client: AsyncClient) -> None:
    answer = await upload(client, "automatic-speech-recognition/transcribe", wav(), "song.txt")
    assert set(answer) == {"text"}
    assert answer["text"]


async def test_models_are_listed_with_their_state(client: AsyncClient) -> None:
    await ask(client, "feature-extraction/embed")
    models = (await client.get(CUSTOM_MODELS)).json()["models"]
    listed = {model["name"]: model for model in models}
    assert listed.keys() == MAKERS.keys() - {"fill-mask"} | {"moods", "topics", "writer"}
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
    assert listed["moods"]["state"] == "idle"
    assert listed["moods"]["device"] is None


@pytest.mark.parametrize("path", ["classify", "tokens", "embed", "generate"])
async def test_the_wrong_path_names_the_right_one(client: AsyncClient, path: str) -> None:
    model, right = ("text-classification", "classify")
    if path == right:
        model, right = ("feature-extraction", "embed")
    response = await client.post(f"{CUSTOM_MODELS}/{model}/{path}", json={"inputs": ["a"]})
    problem = problem_of(response, 422, "validation_error")
    assert problem["errors"][0]["code"] == "wrong_task"
    assert f"/{right}." in problem["errors"][0]["message"]


@pytest.mark.parametrize("path", ["classify-image", "detect-objects", "transcribe"])
async def test_the_wrong_path_for_a_file_too(client: AsyncClient, path: str) -> None:
    url = f"{CUSTOM_MODELS}/feature-extraction/{path}"
    response = await client.post(url, files={"file": ("x", b"")})
    assert refused_fields(response) == ["name"]


async def test_an_unknown_model_is_not_found(client: AsyncClient) -> None:
    response = await client.post(f"{CUSTOM_MODELS}/none/embed", json={"inputs": ["a"]})
    problem_of(response, 404, "not_found")


async def test_a_text_that_is_too_long_is_refused_or_cut(client: AsyncClient) -> None:
    inputs = ["cat", "cat " * LONGEST]
    for path in ("text-classification/classify", "feature-extraction/embed"):
        response = await client.post(f"{CUSTOM_MODELS}/{path}", json={"inputs": inputs})
        assert refused_fields(response) == ["inputs.1"]
        assert f"66 tokens, and the model reads at most {LONGEST}" in response.text
    assert len((await ask(client, "moods/classify", inputs=inputs))["results"]) == 2
    response = await client.post(
        f"{CUSTOM_MODELS}/text-generation/generate",
        json={"inputs": ["cat " * 40], "max_new_tokens": 30},
    )
    assert refused_fields(response) == ["inputs.0"]
    cut = await ask(client, "writer/generate", inputs=["cat " * 100], max_new_tokens=30)
    assert cut["texts"][0]


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
async def test_a_wrong_field_is_named(
    client: AsyncClient, body: dict[str, Any], field: str
) -> None:
    response = await client.post(f"{CUSTOM_MODELS}/feature-extraction/embed", json=body)
    assert refused_fields(response) == [field]
