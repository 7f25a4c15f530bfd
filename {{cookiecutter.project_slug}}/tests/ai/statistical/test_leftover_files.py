"""Files that a killed process left under ``MODEL_DIR`` are deleted; files in use are kept."""

import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.ai.statistical.model_files import MIN_ORPHAN_SECONDS
from app.kit.db.unit_of_work import UnitOfWork
from app.repositories.training_queue import TrainingQueue
from app.utils.clock import utc_now
from app.utils.ids import new_id
from tests.support.accounts import log_in_somebody
from tests.support.apps import StartApp
from tests.support.apps import new_client
from tests.support.statistical import train
from tests.support.statistical import until

KEPT = ("data.csv", "other.part")


@pytest.fixture
async def client(idle_app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Return a client of an application that does not run trainings."""
    async with new_client(idle_app) as client:
        await log_in_somebody(client)  # %if jwt
        yield client


def names_in(folder: Path) -> set[str]:
    """Return all files and folders in a folder, recursively."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def leave_table(folder: Path, *, age_seconds: float = 0) -> None:
    """Create the files of a process that was killed before it queued the training."""
    folder.mkdir()
    (folder / "data.csv").write_text("a\n1\n", encoding="utf-8")
    changed = time.time() - age_seconds
    os.utime(folder, (changed, changed))


async def test_leftover_files_are_deleted_at_the_start(
    client: AsyncClient, idle_app: FastAPI, start_app: StartApp, model_dir: Path
) -> None:
    queue = UnitOfWork(idle_app.state.resources.database, TrainingQueue)
    ids: dict[str, UUID] = {}
    lease_id = new_id()
    for status in ("ready", "failed", "running", "queued"):
        ids[status] = UUID((await train(client))["id"])
        (model_dir / str(ids[status]) / "other.part").touch()
        async with queue.write() as rows:
            if status != "queued":
                expires = utc_now() + timedelta(minutes=1)
                lease_id = new_id()
                assert await rows.claim(ids[status], lease_id, expires)
            if status in ("ready", "failed"):
                assert await rows.finish(lease_id, status=status)
        if status == "ready":
            model = f"{ids[status]}/{lease_id}.skops"
            (model_dir / model).touch()
    leave_table(model_dir / str(young := new_id()))
    leave_table(model_dir / str(new_id()), age_seconds=MIN_ORPHAN_SECONDS + 60)
    (model_dir / "notes.txt").touch()  # not a file of the application
    await start_app(model_dir=model_dir)
    expected = {
        *map(str, ids.values()),
        model,
        *(f"{ids[status]}/{name}" for status in ("running", "queued") for name in KEPT),
        str(young),
        f"{young}/data.csv",
        "notes.txt",
    }
    await until(lambda: names_in(model_dir) == expected)
