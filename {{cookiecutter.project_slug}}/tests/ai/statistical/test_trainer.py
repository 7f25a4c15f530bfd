"""Trainings that are killed, lost, canceled, or claimed concurrently."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.ai.statistical import errors
from app.ai.statistical.model_files import ModelFiles
from app.ai.statistical.runner import Runner
from app.ai.statistical.trainer import TRAIN
from app.ai.statistical.trainer import Trainer
from app.kit.db.database import Database
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.storage import Storage
from app.models.statistical_model import StatisticalModel
from app.repositories.statistical_models import StatisticalModelRepository
from app.repositories.training_queue import TrainingQueue
from app.utils.clock import utc_now
from app.utils.ids import new_id
from tests.support import work
from tests.support.accounts import log_in_somebody
from tests.support.apps import new_client
from tests.support.settings import make_settings
from tests.support.statistical import MODELS
from tests.support.statistical import train
from tests.support.statistical import until
from tests.support.statistical import wait_for
from tests.support.storage import stored_files
from tests.support.storage import until_stored
from tests.support.waiting import MAX_WAIT_SECONDS

MakeTrainer = Callable[..., Trainer]


@pytest.fixture
async def client(idle_app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Return a client of an application that runs no trainings."""
    async with new_client(idle_app) as client:
        await log_in_somebody(client)  # %if jwt
        yield client


@pytest.fixture
async def make_trainer(
    database_url: str, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MakeTrainer]:
    """Return a function that creates trainers as in other processes, with their own connections."""
    monkeypatch.setattr("app.ai.statistical.trainer.POLLS_PER_LEASE", 600)  # every 0.1 seconds
    async with AsyncExitStack() as stack:

        def make(work: str = TRAIN, *, opened: bool = True, **values: Any) -> Trainer:
            settings = make_settings(database_url=database_url, **{"training_workers": 1, **values})
            database = Database(settings)
            stack.push_async_callback(database.close)
            trainer = Trainer(
                UnitOfWork(database, TrainingQueue),
                UnitOfWork(database, StatisticalModelRepository),
                ModelFiles(storage),
                Runner(settings.training_timeout_seconds, 256, heartbeat_seconds=0.2),
                settings,
                work,
            )
            stack.push_async_callback(trainer.close)
            if opened:
                trainer.open()
            return trainer

        yield make


@pytest.fixture
async def queue(database_url: str) -> AsyncIterator[UnitOfWork[TrainingQueue]]:
    """Return the queue with its own connection, as in another process."""
    database = Database(make_settings(database_url=database_url))
    yield UnitOfWork(database, TrainingQueue)
    await database.close()


async def row_of(queue: UnitOfWork[TrainingQueue], model_id: str) -> StatisticalModel | None:
    """Return the row of a model."""
    async with queue.read() as rows:
        return await rows.get(UUID(model_id))


async def test_progress_is_reported(client: AsyncClient, make_trainer: MakeTrainer) -> None:
    make_trainer(work.SLEEP)
    queued = await train(client)
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        model = await wait_for(client, queued["id"], "running")
        while model["progress"] != 42:
            model = await wait_for(client, queued["id"], "running")


async def test_a_killed_worker_fails_its_training_only(
    client: AsyncClient, make_trainer: MakeTrainer
) -> None:
    trainer = make_trainer(work.SLEEP)
    first = await train(client)
    await wait_for(client, first["id"], "running")
    await until(lambda: bool(multiprocessing.active_children()))
    (process,) = multiprocessing.active_children()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    model = await wait_for(client, first["id"])
    assert (model["status"], model["error"]) == ("failed", errors.WORKER_KILLED)
    await trainer.close()
    make_trainer()
    assert (await wait_for(client, (await train(client))["id"]))["status"] == "ready"


@pytest.mark.parametrize(
    ("name", "limits", "error"),
    [
        (work.SLEEP, {"training_timeout_seconds": 1}, errors.timed_out(1)),
        (work.FILL_MEMORY, {}, errors.memory_exceeded(256)),
        (work.FAIL, {}, errors.UNEXPECTED),
    ],
)
async def test_limits_have_error_messages(
    client: AsyncClient, make_trainer: MakeTrainer, name: str, limits: dict[str, int], error: str
) -> None:
    make_trainer(name, **limits)
    model = await wait_for(client, (await train(client))["id"])
    assert (model["status"], model["error"]) == ("failed", error)


async def test_a_stopped_server_releases_its_training(
    client: AsyncClient, make_trainer: MakeTrainer, queue: UnitOfWork[TrainingQueue]
) -> None:
    stopped = make_trainer(work.SLEEP)
    queued = await train(client)
    await wait_for(client, queued["id"], "running")
    await stopped.close()
    assert multiprocessing.active_children() == []
    row = await row_of(queue, queued["id"])
    assert row is not None
    assert (row.status, row.attempts, row.lease_expires_at) == ("queued", 0, None)
    make_trainer()
    assert (await wait_for(client, queued["id"]))["status"] == "ready"


async def test_a_stopped_server_releases_a_training_that_it_has_just_claimed(
    client: AsyncClient, make_trainer: MakeTrainer, queue: UnitOfWork[TrainingQueue]
) -> None:
    stopped = make_trainer(opened=False)
    queued = await train(client)
    await stopped._claim_trainings()
    await stopped.close()
    row = await row_of(queue, queued["id"])
    assert row is not None
    assert (row.status, row.attempts, row.lease_expires_at) == ("queued", 0, None)


@pytest.mark.parametrize("ticks", range(4))
async def test_a_server_stops_while_it_is_woken(make_trainer: MakeTrainer, ticks: int) -> None:
    trainer = make_trainer()
    await asyncio.sleep(0.2)  # it has nothing to do
    trainer.wake()
    for _ in range(ticks):
        await asyncio.sleep(0)
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        await trainer.close()


@pytest.mark.parametrize(("attempts", "status"), [(1, "ready"), (2, "failed")])
async def test_the_training_of_a_dead_server_is_retried_once(
    client: AsyncClient,
    make_trainer: MakeTrainer,
    queue: UnitOfWork[TrainingQueue],
    attempts: int,
    status: str,
) -> None:
    queued = await train(client)
    for attempt in range(attempts):
        async with queue.write() as rows:
            expired = utc_now() - timedelta(seconds=1)
            assert await rows.claim(UUID(queued["id"]), lease_id := new_id(), expired)
            if attempt + 1 < attempts:
                assert await rows.finish(lease_id, status="queued")
    make_trainer()
    model = await wait_for(client, queued["id"])
    assert model["status"] == status
    assert model["error"] == (errors.TRAINING_LOST if status == "failed" else None)


async def test_one_of_concurrent_claims_succeeds(
    client: AsyncClient, queue: UnitOfWork[TrainingQueue]
) -> None:
    model_id = UUID((await train(client))["id"])

    async def claim() -> bool:
        async with queue.write() as rows:
            return await rows.claim(model_id, new_id(), utc_now() + timedelta(minutes=1))

    assert sorted(await asyncio.gather(*(claim() for _ in range(8)))) == [False] * 7 + [True]


async def test_two_servers_run_each_training_once(
    client: AsyncClient,
    make_trainer: MakeTrainer,
    queue: UnitOfWork[TrainingQueue],
    storage: Storage,
) -> None:
    ids = [(await train(client, name=f"model {number}"))["id"] for number in range(4)]
    make_trainer()
    make_trainer()
    for model_id in ids:
        assert (await wait_for(client, model_id))["status"] == "ready"
        row = await row_of(queue, model_id)
        assert row is not None
        assert row.attempts == 1
        await until_stored(storage, f"{row.lease_id}.skops", folder=f"models/{model_id}")


async def test_a_lost_lease_changes_nothing(
    client: AsyncClient, queue: UnitOfWork[TrainingQueue]
) -> None:
    model_id = UUID((await train(client))["id"])
    old, new = new_id(), new_id()
    soon = utc_now() + timedelta(minutes=1)
    async with queue.write() as rows:
        assert await rows.claim(model_id, old, soon)
        assert await rows.release(old)
        assert await rows.claim(model_id, new, soon)
        assert not await rows.heartbeat(old, soon, 50)
        assert not await rows.finish(old, status="ready")
        assert not await rows.release(old)
        assert await rows.heartbeat(new, soon, 50)


async def test_a_renewed_lease_is_not_recovered(
    client: AsyncClient, queue: UnitOfWork[TrainingQueue]
) -> None:
    model_id, lease_id = UUID((await train(client))["id"]), new_id()
    now = utc_now()
    async with queue.write() as rows:
        assert await rows.claim(model_id, lease_id, now - timedelta(seconds=1))
        (expired,) = await rows.list_expired(now)
        assert await rows.heartbeat(lease_id, now + timedelta(minutes=1), 10)
        assert not await rows.recover(expired, now, status="queued")
        assert await rows.list_expired(now) == []


async def test_deleting_cancels_a_training_in_this_process(
    idle_app: FastAPI, client: AsyncClient, make_trainer: MakeTrainer, storage: Storage
) -> None:
    idle_app.state.statistical.trainer = make_trainer(work.SLEEP)
    queued = await train(client)
    await wait_for(client, queued["id"], "running")
    assert (await client.delete(f"{MODELS}/{queued['id']}")).status_code == 204
    assert multiprocessing.active_children() == []
    assert await stored_files(storage) == set()


async def test_deleting_cancels_a_training_in_another_process(
    client: AsyncClient, make_trainer: MakeTrainer, storage: Storage
) -> None:
    make_trainer(work.SLEEP)
    queued = await train(client)
    await wait_for(client, queued["id"], "running")
    await until(lambda: bool(multiprocessing.active_children()))
    assert (await client.delete(f"{MODELS}/{queued['id']}")).status_code == 204
    await until(lambda: not multiprocessing.active_children())
    assert await stored_files(storage) == set()


async def test_no_process_starts_without_work(
    client: AsyncClient, make_trainer: MakeTrainer
) -> None:
    make_trainer()
    await asyncio.sleep(0.3)
    assert multiprocessing.active_children() == []
    assert (await client.get(MODELS)).json()["items"] == []
