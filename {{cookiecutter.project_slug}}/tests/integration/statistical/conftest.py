"""Fixtures: applications with their own folder of models."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.support.apps import StartApp


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    """Return the folder of models."""
    return tmp_path / "models"


@pytest.fixture
async def app(start_app: StartApp, model_dir: Path) -> FastAPI:
    """Start an application that trains one model at a time."""
    return await start_app(training_workers=1, model_dir=model_dir, model_versions_kept=2)


@pytest.fixture
async def idle_app(start_app: StartApp, model_dir: Path) -> FastAPI:
    """Start an application that queues trainings but does not run them."""
    return await start_app(training_workers=0, model_dir=model_dir, training_queue_size=12)
