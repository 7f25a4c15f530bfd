"""Fixtures: an application with a tiny model of random weights for each task."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.integration.conftest import StartApp
from tests.support import tiny_models


@pytest.fixture(scope="session")
def declarations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that declares a model for each task, by its name."""
    return tiny_models.declare_all(str(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="session")
def folders(declarations: Path) -> Path:
    """Where each of them has a folder of its name."""
    return declarations.parent


@pytest.fixture
async def app(start_app: StartApp, declarations: Path) -> FastAPI:
    """A running application with them."""
    return await start_app(custom_models_file=declarations, custom_models_max_loaded=20)
