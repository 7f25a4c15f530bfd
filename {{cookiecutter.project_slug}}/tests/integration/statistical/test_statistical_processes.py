"""Servers on one database and one folder see the same models; stops and restarts lose none."""

import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from app.db.database import Database
from app.models.statistical_model import StatisticalModel
from tests.support.accounts import log_in_somebody  # %if jwt
from tests.support.processes import serving
from tests.support.settings import make_settings
from tests.support.statistical import MODELS
from tests.support.statistical import QUESTION
from tests.support.statistical import train
from tests.support.statistical import train_to_the_end
from tests.support.statistical import wait_for


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of all of them."""
    return {
        "DATABASE_URL": database_url,
        "MODEL_DIR": str(tmp_path / "models"),
        "TRAINING_WORKERS": "1",
    }


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    """A client that goes to whichever server it is sent to."""
    async with AsyncClient(timeout=30) as client:
        yield client


async def test_one_trains_and_the_others_know(
    client: AsyncClient, environment: dict[str, str]
) -> None:
    with ExitStack() as others:
        (idle,) = others.enter_context(serving(1, **{**environment, "TRAINING_WORKERS": "0"}))
        with serving(1, **environment) as (busy,):
            client.base_url = busy.url
            await log_in_somebody(client)  # %if jwt
            model = await train_to_the_end(client)
            assert (model["status"], model["error"]) == ("ready", None)
        client.base_url = idle.url
        path = f"{MODELS}/{model['id']}/predict"
        assert (await client.post(path, json={"rows": QUESTION})).status_code == 200
        queued = await train(client)
    with serving(1, **environment) as (restarted,):
        client.base_url = restarted.url
        assert (await wait_for(client, queued["id"]))["status"] == "ready"
        assert (await client.post(path, json={"rows": QUESTION})).status_code == 200


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
async def test_a_server_that_is_stopped_gives_its_training_back(
    client: AsyncClient, environment: dict[str, str], database_url: str
) -> None:
    many = [{"age": n * 37 % 101, "size": n * 53 % 97, "buys": str(n % 7)} for n in range(5000)]
    with serving(1, **environment) as (server,):
        client.base_url = server.url
        await log_in_somebody(client)  # %if jwt
        queued = await train(client, algorithm="auto", rows=many)
        await wait_for(client, queued["id"], "running")
        server.process.terminate()
        await server.ended()
    database = Database(make_settings(database_url=database_url))
    async with database.read() as session:
        model = await session.get_one(StatisticalModel, UUID(queued["id"]))
    await database.close()
    assert (model.status, model.attempts, model.claimed_until) == ("queued", 0, None)
