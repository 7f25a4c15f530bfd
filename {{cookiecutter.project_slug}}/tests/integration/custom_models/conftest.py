"""Fixtures: an application with a tiny model of random weights for each task."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from tests.integration.conftest import StartApp
from tests.support import tiny_models
from tests.support.custom_models import write_declarations


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model for each task, by its name."""
    return tiny_models.make_all(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def declarations(folders: Path) -> Path:
    """A file that declares each of them by the name of its task, and one in other words."""
    models: dict[str, dict[str, Any]] = {
        task: {"task": task, "model": str(folders / task), "device": "cpu"}
        for task in tiny_models.MAKERS
        if task != "fill-mask"  # no task of this application, but of one that is extended
    }
    models["object-detection"]["threshold"] = 0.01
    models["moods"] = {
        **models["text-classification"],
        "labels": ["sad", "glad", "calm"],
        "truncate": True,
    }
    models["topics"] = {**models["zero-shot-classification"], "labels": ["tea", "football"]}
    return write_declarations(folders / "models.toml", models)


@pytest.fixture
async def app(start_app: StartApp, declarations: Path) -> FastAPI:
    """A running application with them."""
    return await start_app(custom_models_file=declarations, custom_models_max_loaded=20)
