"""Several servers share models and the queue, and lose no training when they stop."""

import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from app.kit.db.database import Database
from app.models.statistical_model import StatisticalModel
from tests.support.accounts import log_in_somebody
from tests.support.processes import serving
from tests.support.settings import make_settings
from tests.support.statistical import MODELS
from tests.support.statistical import QUESTION
from tests.support.statistical import train
from tests.support.statistical import train_to_the_end
from tests.support.statistical import wait_for
from tests.support.waiting import MAX_WAIT_SECONDS


@pytest.fixture
def environment(database_url: str, storage_url: str) -> dict[str, str]:
    """Return the settings of all servers."""
    return {
        "DATABASE_URL": database_url,
        "STORAGE_URL": storage_url,
        "TRAINING_WORKERS": "1",
    }


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    """Return a client for any server."""
    async with AsyncClient(timeout=MAX_WAIT_SECONDS) as client:
        yield client


async def test_servers_share_models_and_the_queue(
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
async def test_a_stopped_server_releases_its_training(
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
    assert (model.status, model.attempts, model.lease_expires_at) == ("queued", 0, None)
