"""Files that a killed process left behind are deleted; files in use are kept."""

import os
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.ai.statistical import file_cleanup
from app.ai.statistical import work_folder
from app.ai.statistical.file_cleanup import MIN_ORPHAN_SECONDS
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.storage import Storage
from app.repositories.training_queue import TrainingQueue
from app.utils.clock import utc_now
from app.utils.ids import new_id
from tests.support.accounts import log_in_somebody
from tests.support.apps import StartApp
from tests.support.apps import new_client
from tests.support.statistical import train
from tests.support.statistical import until
from tests.support.storage import stored_files
from tests.support.storage import until_stored


@pytest.fixture
async def client(idle_app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Return a client of an application that does not run trainings."""
    async with new_client(idle_app) as client:
        await log_in_somebody(client)  # %if jwt
        yield client


async def test_leftover_files_are_deleted_at_the_start(
    client: AsyncClient, idle_app: FastAPI, start_app: StartApp, storage: Storage, storage_url: str
) -> None:
    queue = UnitOfWork(idle_app.state.resources.database, TrainingQueue)
    expected = {"notes.txt", "notes/data.csv"}  # not files of the application
    for status in ("ready", "failed", "running", "queued"):
        model_id = UUID((await train(client))["id"])
        lease_id = new_id()
        async with queue.write() as rows:
            if status != "queued":
                assert await rows.claim(model_id, lease_id, utc_now() + timedelta(minutes=1))
            if status in ("ready", "failed"):
                assert await rows.finish(lease_id, status=status)
        names = {f"{model_id}/{name}.skops" for name in (lease_id, new_id())}
        for name in names:
            await storage.save(f"models/{name}", b"a model")
        if status == "ready":
            expected.add(f"{model_id}/{lease_id}.skops")
        elif status != "failed":
            expected |= {*names, f"{model_id}/data.csv"}
    expected.add(f"{new_id()}/data.csv")  # of a request that is still running
    for name in expected - await stored_files(storage):
        await storage.save(f"models/{name}", b"a\n1\n")
    await start_app(storage_url=storage_url)
    await until_stored(storage, *expected)


async def test_old_files_without_a_model_are_deleted(
    idle_app: FastAPI, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await storage.save(f"models/{new_id()}/data.csv", b"a\n1\n")
    cleanup = file_cleanup.FileCleanup(storage, idle_app.state.statistical.models, 7200)
    await cleanup.run()
    assert len(await stored_files(storage)) == 1
    monkeypatch.setattr(file_cleanup, "MIN_ORPHAN_SECONDS", -60)
    await cleanup.run()
    assert await stored_files(storage) == set()


async def test_old_work_folders_are_deleted(
    start_app: StartApp, storage_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with work_folder.work_folder() as young:
        prefix, _, _ = young.name.rpartition("-")
        (old := tmp_path / f"{prefix}-old").mkdir()
        (old / "data.csv").write_text("a\n1\n", encoding="utf-8")
        changed = time.time() - MIN_ORPHAN_SECONDS - 700
        os.utime(old, (changed, changed))
        await start_app(storage_url=storage_url, training_timeout_seconds=600)
        await until(lambda: not old.exists())
        assert young.exists()
    assert not young.exists()
