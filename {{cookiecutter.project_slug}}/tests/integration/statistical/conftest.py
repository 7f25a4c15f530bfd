"""Fixtures: applications with their own storage."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from app.kit.storage import Storage
from tests.support.apps import StartApp
from tests.support.storage import new_storage_url


@pytest.fixture
def storage_url(tmp_path: Path) -> str:
    """Return the URL of an empty storage."""
    return new_storage_url(tmp_path)


@pytest.fixture
def storage(storage_url: str) -> Storage:
    """Return the storage of models."""
    return Storage(storage_url)


@pytest.fixture
async def app(start_app: StartApp, storage_url: str) -> FastAPI:
    """Start an application that trains one model at a time."""
    return await start_app(training_workers=1, storage_url=storage_url, model_versions_kept=2)


@pytest.fixture
async def idle_app(start_app: StartApp, storage_url: str) -> FastAPI:
    """Start an application that queues trainings but does not run them."""
    return await start_app(training_workers=0, storage_url=storage_url, training_queue_size=12)
