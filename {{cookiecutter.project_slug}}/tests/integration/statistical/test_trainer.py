"""Trainings that are killed, lost, called off, or wanted by several at once."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.ai.statistical import reasons
from app.ai.statistical.files import Files
from app.ai.statistical.runner import Runner
from app.ai.statistical.trainer import TRAIN
from app.ai.statistical.trainer import Trainer
from app.db.database import Database
from app.models.statistical_model import StatisticalModel
from app.repositories.statistical_models import StatisticalModelRepository
from app.repositories.training_queue import TrainingQueue
from app.repositories.units import Units
from app.utils.clock import utc_now
from app.utils.ids import new_id
from tests.integration.conftest import new_client
from tests.support import work
from tests.support.accounts import log_in_somebody  # %if jwt
from tests.support.settings import make_settings
from tests.support.statistical import MODELS
from tests.support.statistical import train
from tests.support.statistical import until
from tests.support.statistical import wait_for

MakeTrainer = Callable[..., Trainer]


@pytest.fixture
async def client(idle_app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client of an application that trains nothing itself."""
    async with new_client(idle_app) as client:
        await log_in_somebody(client)  # %if jwt
        yield client


@pytest.fixture
async def make_trainer(
    database_url: str, model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MakeTrainer]:
    """Makes trainers as other processes have them, each with connections of its own."""
    monkeypatch.setattr("app.ai.statistical.trainer.LOOKS_IN_A_LEASE", 600)  # every 0.1 seconds
    async with AsyncExitStack() as stack:

        def make(work: str = TRAIN, *, opened: bool = True, **values: Any) -> Trainer:
            settings = make_settings(database_url=database_url, **{"training_workers": 1, **values})
            database = Database(settings)
            stack.push_async_callback(database.close)
            trainer = Trainer(
                Units(database, TrainingQueue),
                Units(database, StatisticalModelRepository),
                Files(model_dir),
                Runner(settings.training_timeout_seconds, 256, watch_seconds=0.2),
                settings,
                work,
            )
            stack.push_async_callback(trainer.close)
            if opened:
                trainer.open()
            return trainer

        yield make


@pytest.fixture
async def queue(database_url: str) -> AsyncIterator[Units[TrainingQueue]]:
    """The queue, as another process sees it."""
    database = Database(make_settings(database_url=database_url))
    yield Units(database, TrainingQueue)
    await database.close()


async def row_of(queue: Units[TrainingQueue], model_id: str) -> StatisticalModel | None:
    """The row of a model."""
    async with queue.read() as rows:
        return await rows.get(UUID(model_id))


def files_in(folder: Path) -> list[Path]:
    """What is in a folder."""
    return list(folder.iterdir())


async def test_progress_is_seen_on_the_way(client: AsyncClient, make_trainer: MakeTrainer) -> None:
    make_trainer(work.SLEEP)
    queued = await train(client)
    async with asyncio.timeout(20):
        model = await wait_for(client, queued["id"], "running")
        while model["progress"] != 42:
            model = await wait_for(client, queued["id"], "running")


async def test_a_killed_worker_is_told_and_the_next_training_goes_on(
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
    assert (model["status"], model["error"]) == ("failed", reasons.DIED)
    await trainer.close()
    make_trainer()
    assert (await wait_for(client, (await train(client))["id"]))["status"] == "ready"


@pytest.mark.parametrize(
    ("name", "limits", "error"),
    [
        (work.SLEEP, {"training_timeout_seconds": 1}, reasons.too_slow(1)),
        (work.EAT, {}, reasons.too_big(256)),
        (work.FAIL, {}, reasons.UNEXPECTED),
    ],
)
async def test_limits_are_told(
    client: AsyncClient, make_trainer: MakeTrainer, name: str, limits: dict[str, int], error: str
) -> None:
    make_trainer(name, **limits)
    model = await wait_for(client, (await train(client))["id"])
    assert (model["status"], model["error"]) == ("failed", error)


async def test_a_server_that_stops_gives_its_training_back(
    client: AsyncClient, make_trainer: MakeTrainer, queue: Units[TrainingQueue]
) -> None:
    stopped = make_trainer(work.SLEEP)
    queued = await train(client)
    await wait_for(client, queued["id"], "running")
    await stopped.close()
    assert multiprocessing.active_children() == []
    row = await row_of(queue, queued["id"])
    assert row is not None
    assert (row.status, row.attempts, row.claimed_until) == ("queued", 0, None)
    make_trainer()
    assert (await wait_for(client, queued["id"]))["status"] == "ready"


async def test_a_server_that_stops_gives_back_what_it_has_only_just_taken(
    client: AsyncClient, make_trainer: MakeTrainer, queue: Units[TrainingQueue]
) -> None:
    stopped = make_trainer(opened=False)
    queued = await train(client)
    await stopped._take_what_fits()
    await stopped.close()
    row = await row_of(queue, queued["id"])
    assert row is not None
    assert (row.status, row.attempts, row.claimed_until) == ("queued", 0, None)


@pytest.mark.parametrize("ticks", range(4))
async def test_a_server_stops_though_there_is_news(make_trainer: MakeTrainer, ticks: int) -> None:
    trainer = make_trainer()
    await asyncio.sleep(0.2)  # it has nothing to do
    trainer.wake()
    for _ in range(ticks):
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await trainer.close()


@pytest.mark.parametrize(("attempts", "status"), [(1, "ready"), (2, "failed")])
async def test_what_a_dead_server_was_at_is_begun_again_once(
    client: AsyncClient,
    make_trainer: MakeTrainer,
    queue: Units[TrainingQueue],
    attempts: int,
    status: str,
) -> None:
    queued = await train(client)
    for attempt in range(attempts):
        async with queue.write() as rows:
            expired = utc_now() - timedelta(seconds=1)
            assert await rows.take(UUID(queued["id"]), claim := new_id(), expired)
            if attempt + 1 < attempts:
                assert await rows.finish(claim, status="queued")
    make_trainer()
    model = await wait_for(client, queued["id"])
    assert model["status"] == status
    assert model["error"] == (reasons.STOPPED if status == "failed" else None)


async def test_of_many_who_want_a_training_one_gets_it(
    client: AsyncClient, queue: Units[TrainingQueue]
) -> None:
    model_id = UUID((await train(client))["id"])

    async def take() -> bool:
        async with queue.write() as rows:
            return await rows.take(model_id, new_id(), utc_now() + timedelta(minutes=1))

    assert sorted(await asyncio.gather(*(take() for _ in range(8)))) == [False] * 7 + [True]


async def test_two_servers_share_the_work_and_do_none_twice(
    client: AsyncClient, make_trainer: MakeTrainer, queue: Units[TrainingQueue], model_dir: Path
) -> None:
    ids = [(await train(client, name=f"model {number}"))["id"] for number in range(4)]
    make_trainer()
    make_trainer()
    for model_id in ids:
        assert (await wait_for(client, model_id))["status"] == "ready"
        row = await row_of(queue, model_id)
        assert row is not None
        assert row.attempts == 1
        folder = model_dir / model_id
        await until(lambda: len(files_in(folder)) == 1)  # noqa: B023


async def test_a_claim_that_is_lost_changes_nothing(
    client: AsyncClient, queue: Units[TrainingQueue]
) -> None:
    model_id = UUID((await train(client))["id"])
    old, new = new_id(), new_id()
    soon = utc_now() + timedelta(minutes=1)
    async with queue.write() as rows:
        assert await rows.take(model_id, old, soon)
        assert await rows.give_back(old)
        assert await rows.take(model_id, new, soon)
        assert not await rows.hold(old, soon, 50)
        assert not await rows.finish(old, status="ready")
        assert not await rows.give_back(old)
        assert await rows.hold(new, soon, 50)


async def test_who_says_in_time_that_it_lives_keeps_its_training(
    client: AsyncClient, queue: Units[TrainingQueue]
) -> None:
    model_id, claim = UUID((await train(client))["id"]), new_id()
    now = utc_now()
    async with queue.write() as rows:
        assert await rows.take(model_id, claim, now - timedelta(seconds=1))
        (lost,) = await rows.expired(now)
        assert await rows.hold(claim, now + timedelta(minutes=1), 10)
        assert not await rows.settle(lost, now, status="queued")
        assert await rows.expired(now) == []


async def test_deleting_ends_a_training_here(
    idle_app: FastAPI, client: AsyncClient, make_trainer: MakeTrainer, model_dir: Path
) -> None:
    idle_app.state.statistical.trainer = make_trainer(work.SLEEP)
    queued = await train(client)
    await wait_for(client, queued["id"], "running")
    assert (await client.delete(f"{MODELS}/{queued['id']}")).status_code == 204
    assert multiprocessing.active_children() == []
    assert files_in(model_dir) == []


async def test_deleting_ends_a_training_elsewhere(
    client: AsyncClient, make_trainer: MakeTrainer, model_dir: Path
) -> None:
    make_trainer(work.SLEEP)
    queued = await train(client)
    await wait_for(client, queued["id"], "running")
    await until(lambda: bool(multiprocessing.active_children()))
    assert (await client.delete(f"{MODELS}/{queued['id']}")).status_code == 204
    await until(lambda: not multiprocessing.active_children())
    assert files_in(model_dir) == []


async def test_no_process_starts_before_there_is_work(
    client: AsyncClient, make_trainer: MakeTrainer
) -> None:
    make_trainer()
    await asyncio.sleep(0.3)
    assert multiprocessing.active_children() == []
    assert (await client.get(MODELS)).json()["items"] == []
