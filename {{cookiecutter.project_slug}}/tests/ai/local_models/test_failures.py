"""Failures: full queues, timeouts, broken models and invalid files."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from PIL import Image

from app.ai.custom_models.port import DeviceLost
from app.ai.custom_models.port import ModelLoadError
from tests.support.accounts import log_in_somebody
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.apps import new_client
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.custom_models import EchoModel
from tests.support.custom_models import write_config_file
from tests.support.local_models import FakePreparedModel
from tests.support.local_models import get_batcher
from tests.support.local_models import get_cache
from tests.support.problems import problem_of
from tests.support.problems import refused_fields
from tests.support.waiting import MAX_WAIT_SECONDS

URL = f"{CUSTOM_MODELS}/echo/generate"


class EchoApp:
    """An application whose only model returns its inputs, and that model."""

    def __init__(self, app: FastAPI, model: EchoModel) -> None:
        self.app = app
        self.model = model
        self.reason = ""
        get_cache(app)._prepare_model = lambda _: FakePreparedModel(1, self._load)

    async def wait_for_queue(self, count: int) -> None:
        """Wait until this number of inputs is queued."""
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            while len(get_batcher(self.app, "echo")._queue) < count:  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(0.01)

    def _load(self) -> EchoModel:
        if self.reason:
            raise ModelLoadError(self.reason)
        return self.model


@pytest.fixture
def timeout_seconds() -> int:
    """Return the timeout of the model."""
    return 60


@pytest.fixture
async def echo(start_app: StartApp, tmp_path: Path, timeout_seconds: int) -> EchoApp:
    """Start an application whose only model returns its inputs, with a short queue."""
    keys: dict[str, Any] = {"task": "text-generation", "model": "any/model", "batch_size": 2}
    keys["timeout_seconds"] = timeout_seconds
    file = write_config_file(tmp_path / "models.toml", {"echo": keys})
    app = await start_app(custom_models_file=file, custom_models_max_queued_tokens=11)
    return EchoApp(app, EchoModel())


@pytest.fixture
async def client(echo: EchoApp) -> AsyncIterator[AsyncClient]:
    """Yield a client of this application."""
    async with new_client(echo.app) as client:
        await log_in_somebody(client)  # %if jwt
        yield client


def post(client: AsyncClient, *texts: str) -> asyncio.Future[Any]:
    """Send texts in the background."""
    return asyncio.ensure_future(client.post(URL, json={"inputs": list(texts)}))


async def test_a_full_queue_is_reported_with_retry_after(
    client: AsyncClient, echo: EchoApp
) -> None:
    assert (await post(client, "x")).json() == {"texts": ["x"]}
    release = echo.model.block()
    first = post(client, "first")
    await echo.model.wait_for_batches(2)
    waiting = post(client, "aaaaa", "bbbbb")
    await echo.wait_for_queue(2)
    rejected = await post(client, "c", "d")
    release()
    problem_of(rejected, 503, "queue_full")
    assert int(rejected.headers["Retry-After"]) >= 1
    assert (await first).json() == {"texts": ["first"]}
    assert (await waiting).json() == {"texts": ["aaaaa", "bbbbb"]}


@pytest.mark.parametrize("timeout_seconds", [1])
async def test_a_request_that_times_out_is_cancelled(client: AsyncClient, echo: EchoApp) -> None:
    release = echo.model.block()
    first = post(client, "first")
    await echo.model.wait_for_batches(1)
    late = await post(client, "late")
    problem_of(late, 503, "model_timeout")
    assert late.headers["Retry-After"]
    release()
    problem_of(await first, 503, "model_timeout")
    assert (await post(client, "next")).json() == {"texts": ["next"]}
    assert echo.model.batches == [["first"], ["next"]]


async def test_a_failed_input_fails_only_its_own_request(
    client: AsyncClient, echo: EchoApp
) -> None:
    await post(client, "x")
    release = echo.model.block()
    first = post(client, "first")
    await echo.model.wait_for_batches(2)
    good, bad = post(client, "good"), post(client, "good", "bad")
    await echo.wait_for_queue(3)
    release()
    assert (await first).status_code == (await good).status_code == 200
    assert refused_fields(await bad) == ["inputs.1"]
    assert "secret" not in (await bad).text


async def test_the_reason_of_a_failed_load_is_only_logged(
    client: AsyncClient, echo: EchoApp, caplog: pytest.LogCaptureFixture
) -> None:
    echo.reason = "/srv/models/secret has no safetensors"
    for _ in range(2):
        response = await post(client, "x")
        problem_of(response, 503, "model_unavailable")
        assert "secret" not in response.text
        assert 1 <= int(response.headers["Retry-After"]) <= 10
    assert caplog.text.count(echo.reason) == 1
    listed = (await client.get(CUSTOM_MODELS)).json()["models"][0]
    assert (listed["state"], listed["loaded"]) == ("failed", False)


@pytest.mark.parametrize(
    ("failure", "code"), [(MemoryError, "out_of_memory"), (DeviceLost, "device_lost")]
)
async def test_failures_of_the_machine_are_not_client_errors(
    client: AsyncClient,
    echo: EchoApp,
    monkeypatch: pytest.MonkeyPatch,
    failure: type[Exception],
    code: str,
) -> None:
    def fail(_: Any) -> list[Any]:
        raise failure

    monkeypatch.setattr(echo.model, "predict", fail)
    problem_of(await post(client, "x"), 503, code)


async def test_models_with_load_at_start_are_loaded_at_the_start(
    start_app: StartApp, model_folders: Path, tmp_path: Path
) -> None:
    keys = {"task": "feature-extraction", "model": str(model_folders / "feature-extraction")}
    file = write_config_file(
        tmp_path / "models.toml", {"soon": {**keys, "load_at_start": True}, "later": keys}
    )
    cache = get_cache(await start_app(custom_models_file=file))
    await asyncio.sleep(0)  # the start does not wait for the model
    assert cache.handles["soon"].state in ("loading", "ready")
    await cache.ensure_loaded(cache.handles["soon"])
    assert cache.handles["soon"].state == "ready"
    assert cache.handles["later"].state == "idle"


@pytest.mark.parametrize("path", ["classify-image", "transcribe"])
async def test_uploads_have_their_own_limits(
    start_app: StartApp, connect: Connect, config_file: Path, path: str
) -> None:
    app = await start_app(
        custom_models_file=config_file,
        max_body_bytes=1024,
        image_max_bytes=3000,
        audio_max_bytes=3000,
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


async def test_images_are_recognized_by_their_content(
    start_app: StartApp, connect: Connect, config_file: Path
) -> None:
    app = await start_app(custom_models_file=config_file, image_max_pixels=100)
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
    assert "not a valid image" in fake.text
    assert refused_fields(await client.post(url)) == ["file"]
    assert refused_fields(await client.post(url, data={"file": "text"})) == ["file"]
