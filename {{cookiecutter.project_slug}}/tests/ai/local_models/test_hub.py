"""A Hub that is not reachable: one request, one log line, and no retries."""

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import huggingface_hub
import pytest
import transformers.utils

from app.ai.custom_models.port import TextInput
from app.ai.local_models import hub
from app.ai.local_models.loading import prepare_model
from tests.support.accounts import log_in_somebody
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.custom_models import write_config_file
from tests.support.local_models import make_config
from tests.support.problems import problem_of
from tests.support.settings import make_settings


class Hub:
    """The URL of a fake Hub, and the connections to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connections: list[socket.socket] = []


@contextmanager
def closed_port() -> Iterator[Hub]:
    """Yield the URL of a port that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield Hub(f"http://127.0.0.1:{taken.getsockname()[1]}")


@contextmanager
def silent_server() -> Iterator[Hub]:
    """Yield the URL of a server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        hub = Hub(f"http://127.0.0.1:{listening.getsockname()[1]}")

        def accept() -> None:
            while True:
                try:
                    hub.connections.append(listening.accept()[0])
                except OSError:
                    return

        Thread(target=accept, daemon=True).start()
        yield hub
        for connection in hub.connections:
            connection.close()


@pytest.fixture(params=[closed_port, silent_server])
def unreachable_hub(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Hub]:
    """Configure a Hub that is not reachable, and an empty cache."""
    monkeypatch.setattr(hub, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with request.param() as found:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", found.url)
        template = f"{found.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield found


async def test_requests_fail_at_once_and_the_reason_is_logged_once(
    start_app: StartApp,
    connect: Connect,
    tmp_path: Path,
    unreachable_hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sleeps: list[float] = []
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", sleeps.append)
    keys = {"task": "text-classification", "model": "owner/name"}
    file = write_config_file(tmp_path / "models.toml", {"reviews": keys})
    client = connect(await start_app(custom_models_file=file))
    await log_in_somebody(client)  # %if jwt
    for _ in range(3):
        response = await client.post(f"{CUSTOM_MODELS}/reviews/classify", json={"inputs": ["good"]})
        problem_of(response, 503, "model_unavailable")
    assert not sleeps
    assert len(unreachable_hub.connections) <= 1
    lines = capsys.readouterr().err.splitlines()
    (line,) = [line for line in lines if "ERROR" in line or "WARNING" in line]
    assert "cannot load the model reviews, next attempt in 10 s: the Hub is not reachable" in line


async def test_a_downloaded_model_is_loaded_from_the_cache(
    model_folders: Path, tmp_path: Path, unreachable_hub: Hub
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "cache" / "models--owner--name"
    shutil.copytree(model_folders / "feature-extraction", cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    prepared = prepare_model(make_config("feature-extraction", "owner/name"), make_settings())
    assert prepared.load().predict([TextInput("cat")])[0].shape == (32,)
    assert len(unreachable_hub.connections) <= 1


def test_sharded_weights_are_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}))
    requested: list[str] = []

    def cached_file(_: str, name: str, **__: object) -> str | None:
        requested.append(name)
        return str(index) if name == index.name else None

    monkeypatch.setattr(transformers.utils, "cached_file", cached_file)
    hub.download_files(make_config("feature-extraction", "owner/name"), ["1_Pooling/config.json"])
    assert requested == [
        "model.safetensors",
        index.name,
        "1.safetensors",
        "2.safetensors",
        "1_Pooling/config.json",
    ]
