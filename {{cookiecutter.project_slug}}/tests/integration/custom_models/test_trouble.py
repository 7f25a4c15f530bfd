"""Models that are slow, full, broken or too large; people who leave; files that lie."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from PIL import Image

from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.port import DeviceLost
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.runtime import CustomModelRuntime
from tests.integration.conftest import Connect
from tests.integration.conftest import StartApp
from tests.integration.conftest import new_client
from tests.support.accounts import log_in_somebody  # %if jwt
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.custom_models import EchoModel
from tests.support.custom_models import write_declarations
from tests.support.problems import problem_of
from tests.support.problems import refused_fields

URL = f"{CUSTOM_MODELS}/echo/generate"


class Echoes:
    """An application whose only model echoes, and that model."""

    def __init__(self, app: FastAPI, model: EchoModel) -> None:
        self.app = app
        self.model = model
        self.reason = ""
        self._slot = app.state.custom_models.cache.slots["echo"]
        app.state.custom_models.cache._load = self._load

    async def queues(self, count: int) -> None:
        """Wait until so many inputs wait for the model."""
        async with asyncio.timeout(60):
            while self._slot.batcher._waiting < count:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)

    def _load(self, _: Declaration) -> EchoModel:
        if self.reason:
            raise LoadingFailed(self.reason)
        return self.model


@pytest.fixture
def patience() -> int:
    """How many seconds an answer may take."""
    return 60


@pytest.fixture
async def echoes(start_app: StartApp, tmp_path: Path, patience: int) -> Echoes:
    """An application whose only model echoes, with a short queue."""
    keys: dict[str, Any] = {"task": "text-generation", "model": "any/model", "batch_size": 2}
    keys["timeout_seconds"] = patience
    file = write_declarations(tmp_path / "models.toml", {"echo": keys})
    app = await start_app(custom_models_file=file, custom_models_queue_size=3)
    return Echoes(app, EchoModel())


@pytest.fixture
async def client(echoes: Echoes) -> AsyncIterator[AsyncClient]:
    """Somebody who asks it."""
    async with new_client(echoes.app) as client:
        await log_in_somebody(client)  # %if jwt
        yield client


def post(client: AsyncClient, *texts: str) -> asyncio.Future[Any]:
    """Ask for these texts."""
    return asyncio.ensure_future(client.post(URL, json={"inputs": list(texts)}))


async def test_a_full_queue_is_told_with_a_time(client: AsyncClient, echoes: Echoes) -> None:
    assert (await post(client, "x")).json() == {"texts": ["x"]}
    release = echoes.model.hold()
    first = post(client, "first")
    await echoes.model.reaches(2)
    waiting = post(client, "a", "b")
    await echoes.queues(2)
    refused = await post(client, "c", "d")
    release()
    problem_of(refused, 503, "queue_full")
    assert int(refused.headers["Retry-After"]) >= 1
    assert (await first).json() == {"texts": ["first"]}
    assert (await waiting).json() == {"texts": ["a", "b"]}


@pytest.mark.parametrize("patience", [1])
async def test_whose_time_is_up_is_dropped(client: AsyncClient, echoes: Echoes) -> None:
    release = echoes.model.hold()
    first = post(client, "first")
    await echoes.model.reaches(1)
    late = await post(client, "late")
    problem_of(late, 503, "model_timeout")
    assert late.headers["Retry-After"]
    release()
    problem_of(await first, 503, "model_timeout")
    assert (await post(client, "next")).json() == {"texts": ["next"]}
    assert echoes.model.batches == [["first"], ["next"]]


async def test_a_bad_input_fails_alone(client: AsyncClient, echoes: Echoes) -> None:
    await post(client, "x")
    release = echoes.model.hold()
    first = post(client, "first")
    await echoes.model.reaches(2)
    good, bad = post(client, "good"), post(client, "good", "bad")
    await echoes.queues(3)
    release()
    assert (await first).status_code == (await good).status_code == 200
    assert refused_fields(await bad) == ["inputs.1"]
    assert "secret" not in (await bad).text


async def test_a_model_that_cannot_be_loaded_is_told_shortly(
    client: AsyncClient, echoes: Echoes, caplog: pytest.LogCaptureFixture
) -> None:
    echoes.reason = "/srv/models/secret has no safetensors"
    for _ in range(2):
        response = await post(client, "x")
        problem_of(response, 503, "model_unavailable")
        assert "secret" not in response.text
        assert 1 <= int(response.headers["Retry-After"]) <= 10
    assert caplog.text.count(echoes.reason) == 1
    listed = (await client.get(CUSTOM_MODELS)).json()["models"][0]
    assert (listed["state"], listed["loaded"]) == ("failed", False)


@pytest.mark.parametrize(
    ("failure", "code"), [(MemoryError, "out_of_memory"), (DeviceLost, "device_lost")]
)
async def test_what_the_machine_lacks_is_not_the_client_s_fault(
    client: AsyncClient,
    echoes: Echoes,
    monkeypatch: pytest.MonkeyPatch,
    failure: type[Exception],
    code: str,
) -> None:
    def answer(_: Any) -> list[Any]:
        raise failure

    monkeypatch.setattr(echoes.model, "answer", answer)
    problem_of(await post(client, "x"), 503, code)


async def test_a_model_is_loaded_at_start_where_that_is_declared(
    start_app: StartApp, folders: Path, tmp_path: Path
) -> None:
    keys = {"task": "feature-extraction", "model": str(folders / "feature-extraction")}
    file = write_declarations(
        tmp_path / "models.toml", {"soon": {**keys, "load_at_start": True}, "later": keys}
    )
    runtime = (await start_app(custom_models_file=file)).state.custom_models
    assert isinstance(runtime, CustomModelRuntime)
    await asyncio.sleep(0)
    assert runtime.cache.slots["soon"].state == "loading"
    await runtime.cache.ensure(runtime.cache.slots["soon"])
    assert runtime.cache.slots["soon"].state == "ready"
    assert runtime.cache.slots["later"].state == "idle"


@pytest.mark.parametrize("path", ["classify-image", "transcribe"])
async def test_files_have_limits_of_their_own(
    start_app: StartApp, connect: Connect, declarations: Path, path: str
) -> None:
    app = await start_app(
        custom_models_file=declarations,
        max_body_bytes=1024,
        image_max_bytes=3000,
        sound_max_bytes=3000,
        image_max_pixels=100,
    )
    client = connect(app)
    await log_in_somebody(client)  # %if jwt
    task = {"classify-image": "image-classification", "transcribe": "automatic-speech-recognition"}
    url = f"{CUSTOM_MODELS}/{task[path]}/{path}"
    response = await client.post(url, files={"file": ("a.png", b"x" * 2000)})
    assert refused_fields(response) == ["file"]
    response = await client.post(url, files={"file": ("a.png", b"x" * 4000)})
    problem_of(response, 413, "content_too_large")


async def test_an_image_is_one_by_its_content(
    start_app: StartApp, connect: Connect, declarations: Path
) -> None:
    app = await start_app(custom_models_file=declarations, image_max_pixels=100)
    client = connect(app)
    await log_in_somebody(client)  # %if jwt
    url = f"{CUSTOM_MODELS}/image-classification/classify-image"

    async def send(name: str, content: bytes, kind: str) -> Any:
        return await client.post(url, files={"file": (name, content, kind)})

    files = {}
    for size in (10, 11):
        file = io.BytesIO()
        Image.new("RGB", (size, size)).save(file, "PNG")
        files[size] = file.getvalue()
    assert (await send("a.mp3", files[10], "audio/mpeg")).status_code == 200
    large = await send("a.png", files[11], "image/png")
    assert refused_fields(large) == ["file"]
    assert "more than 100 pixels" in large.text
    fake = await send("a.png", b"MZ this is a program", "image/png")
    assert "no image, or a damaged one" in fake.text
    assert refused_fields(await client.post(url)) == ["file"]
    assert refused_fields(await client.post(url, data={"file": "text"})) == ["file"]
