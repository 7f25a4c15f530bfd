"""Fixtures: an application with a tiny model of random weights per task."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.support import tiny_models
from tests.support.apps import StartApp


@pytest.fixture(scope="session")
def config_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a file with one model per task, named like its task."""
    return tiny_models.write_all_models(str(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="session")
def model_folders(config_file: Path) -> Path:
    """Return the parent folder of the models, which are named like their tasks."""
    return config_file.parent


@pytest.fixture
async def app(start_app: StartApp, config_file: Path) -> FastAPI:
    """Start an application with these models."""
    return await start_app(custom_models_file=config_file, custom_models_max_loaded=20)
