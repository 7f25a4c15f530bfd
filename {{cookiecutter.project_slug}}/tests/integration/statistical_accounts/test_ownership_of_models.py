"""A model belongs to the user who trained it; each user has their own names."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.core.permissions import Role
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.storage import Storage
from app.repositories.training_queue import TrainingQueue
from app.utils.clock import utc_now
from app.utils.ids import new_id
from tests.support.accounts import Person
from tests.support.accounts import delete_account
from tests.support.accounts import join
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of
from tests.support.statistical import MODELS
from tests.support.statistical import QUESTION
from tests.support.statistical import ROWS
from tests.support.statistical import STATISTICAL
from tests.support.statistical import train
from tests.support.storage import stored_files


@pytest.fixture
async def anna(app: FastAPI, connect: Connect) -> Person:
    """Return a signed-in user."""
    return await join(app, connect(app), "anna@example.com")


@pytest.fixture
async def bert(app: FastAPI, connect: Connect) -> Person:
    """Return another signed-in user."""
    return await join(app, connect(app), "bert@example.com")


@pytest.fixture
async def admin(app: FastAPI, connect: Connect) -> Person:
    """Return a signed-in administrator."""
    return await join(app, connect(app), "admin@example.com", Role.ADMIN)


async def test_models_of_other_users_are_not_found(anna: Person, bert: Person) -> None:
    model = await train(anna.client)
    rows = {"rows": QUESTION}
    for model_id in (model["id"], str(uuid4())):
        path = f"{MODELS}/{model_id}"
        for response in (
            await bert.client.get(path),
            await bert.client.get(f"{path}/report"),
            await bert.client.post(f"{path}/predict", json=rows),
            await bert.client.delete(path),
        ):
            problem_of(response, 404, "not_found")
    path = f"{MODELS}/by-name/buyers/predict"
    problem_of(await bert.client.post(path, json=rows), 404, "not_found")
    assert (await bert.client.get(MODELS)).json()["items"] == []
    assert (await anna.client.get(f"{MODELS}/{model['id']}")).status_code == 200


async def test_each_user_has_their_own_versions(anna: Person, bert: Person) -> None:
    assert (await train(anna.client))["version"] == 1
    assert (await train(bert.client))["version"] == 1
    assert (await train(anna.client))["version"] == 2


@pytest.mark.parametrize("by", ["themselves", "an administrator"])
async def test_deleting_an_account_deletes_its_models(
    app: FastAPI, anna: Person, admin: Person, by: str
) -> None:
    storage: Storage = app.state.statistical.storage
    gone, kept = UUID((await train(anna.client))["id"]), UUID((await train(admin.client))["id"])
    assert (await admin.client.get(f"{MODELS}/{gone}")).status_code == 200
    refused = await anna.client.delete(f"/api/v1/users/{admin.id}")
    assert refused.status_code == 403
    assert await stored_files(storage, f"models/{kept}") == {"data.csv"}
    if by == "themselves":
        deleted = await delete_account(anna.client)
    else:
        deleted = await admin.client.delete(f"/api/v1/users/{anna.id}")
    assert deleted.status_code == 204
    problem_of(await admin.client.get(f"{MODELS}/{gone}"), 404, "not_found")
    assert await stored_files(storage, f"models/{gone}") == set()
    assert await stored_files(storage, f"models/{kept}") == {"data.csv"}


async def test_every_endpoint_needs_a_token(anonymous: AsyncClient) -> None:
    path, file = f"{MODELS}/{uuid4()}", {"file": ("t.csv", b"a\n1\n", "text/csv")}
    body = {"name": "buyers", "target": "buys", "rows": ROWS}
    for response in (
        await anonymous.post(MODELS, json=body),
        await anonymous.post(f"{MODELS}/csv", data={"name": "a"}, files=file),
        await anonymous.post(f"{STATISTICAL}/describe", json={"rows": ROWS}),
        await anonymous.post(f"{STATISTICAL}/describe/csv", files=file),
        await anonymous.get(MODELS),
        await anonymous.get(path),
        await anonymous.get(f"{path}/report"),
        await anonymous.post(f"{path}/predict", json={"rows": QUESTION}),
        await anonymous.post(f"{MODELS}/by-name/a/predict", json={"rows": QUESTION}),
        await anonymous.delete(path),
    ):
        problem_of(response, 401, "unauthorized")


async def test_owners_take_turns(app: FastAPI, anna: Person, bert: Person, admin: Person) -> None:
    queue = UnitOfWork(app.state.resources.database, TrainingQueue)

    async def claim() -> str:
        async with queue.write() as rows:
            model_id = await rows.next_queued()
            assert model_id is not None
            assert await rows.claim(model_id, new_id(), utc_now() + timedelta(minutes=1))
            model = await rows.get(model_id)
        assert model is not None
        return model.name

    for number in range(4):
        await train(anna.client, name=f"anna {number}")
    assert await claim() == "anna 0"
    for number in range(2):
        await train(bert.client, name=f"bert {number}")
    assert await claim() == "bert 0"  # before trainings that were queued earlier
    assert await claim() == "anna 1"
    await train(admin.client, name="admin 0")
    await train(bert.client, name="bert 2")
    assert [await claim() for _ in range(5)] == ["admin 0", "bert 1", "anna 2", "bert 2", "anna 3"]


async def test_limits_apply_per_owner(
    start_app: StartApp, connect: Connect, tmp_path: Path
) -> None:
    app = await start_app(storage_url=str(tmp_path), max_queued_trainings_per_owner=1)
    anna = await join(app, connect(app), "anna@example.com")
    bert = await join(app, connect(app), "bert@example.com")
    await train(anna.client)
    refused = await anna.client.post(MODELS, json={"name": "n", "target": "buys", "rows": ROWS})
    problem_of(refused, 409, "too_many_queued")
    await train(bert.client)


async def test_models_are_part_of_the_data_export(anna: Person, bert: Person) -> None:
    model = await train(anna.client)
    await train(bert.client)
    response = await anna.client.get("/api/v1/users/me/export")
    (exported,) = response.json()["tables"]["statistical_models"]
    assert exported["id"] == model["id"]
    assert json.loads(exported["training_spec"])["target"] == "buys"
    assert "result" in exported
