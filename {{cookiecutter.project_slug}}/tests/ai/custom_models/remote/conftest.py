"""Fixtures: a fake model server, and an application whose models it has."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.ai.custom_models.remote import source
from app.ai.custom_models.remote.client import ServerClient
from app.ai.custom_models.remote.config import Api
from app.ai.custom_models.remote.config import RemoteModelConfig
from app.ai.custom_models.remote.tasks import REMOTE_TASKS
from tests.support.apps import StartApp
from tests.support.custom_models import write_config_file
from tests.support.fake_inference_server import KEY
from tests.support.fake_inference_server import FakeModelServer
from tests.support.fake_inference_server import fake_inference_server


@pytest.fixture(autouse=True)
def short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry at once."""
    monkeypatch.setattr(source, "FIRST_BACKOFF_SECONDS", 0.01)


@pytest.fixture(scope="session", autouse=True)
def imported_libraries() -> None:
    """Import the libraries of the client, so that short time limits are enough."""
    keys = {"task": "feature-extraction", "url": "http://127.0.0.1:9"}
    ServerClient(RemoteModelConfig.parse(keys, REMOTE_TASKS), None)


@pytest.fixture
async def server() -> AsyncIterator[FakeModelServer]:
    """Start a fake model server."""
    async with fake_inference_server() as server:
        yield server


@pytest.fixture
def keys() -> dict[str, Any]:
    """Return more keys of all models."""
    return {}


@pytest.fixture
async def app(
    start_app: StartApp, server: FakeModelServer, tmp_path: Path, keys: dict[str, Any]
) -> FastAPI:
    """Start an application with a model per task and API, named like `openai-embed`."""
    models = {}
    for task, remote in REMOTE_TASKS.items():
        common = {"task": task, "api_key_name": "fake"}
        models[f"hf-{remote.operation}"] = {**common, "url": f"{server.url}/{task}", **keys}
        if Api.OPENAI in remote.apis:
            openai = {"url": f"{server.url}/v1", "api": "openai", "model": "small"}
            models[f"openai-{remote.operation}"] = {**common, **openai, **keys}
        if not remote.has_fixed_labels:
            models["hf-topics"] = models.pop(f"hf-{remote.operation}")
    classify = {"task": "text-classification", "url": f"{server.url}/text-classification"}
    models["hf-classify"] = {**classify, **keys}
    file = write_config_file(tmp_path / "models.toml", models)
    return await start_app(custom_models_file=file, custom_models_api_keys=f"fake={KEY}")
