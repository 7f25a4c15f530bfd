"""Fixtures: an application that trains, in a folder of its own."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.integration.conftest import StartApp


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    """Where models are kept."""
    return tmp_path / "models"


@pytest.fixture
async def app(start_app: StartApp, model_dir: Path) -> FastAPI:
    """A running application that trains one model at a time."""
    return await start_app(training_workers=1, model_dir=model_dir, model_versions_kept=2)


@pytest.fixture
async def idle_app(start_app: StartApp, model_dir: Path) -> FastAPI:
    """One that takes orders and leaves them to others."""
    return await start_app(training_workers=0, model_dir=model_dir, training_queue_size=12)
