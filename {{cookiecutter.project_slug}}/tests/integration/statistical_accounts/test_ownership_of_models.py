"""A model belongs to whoever trained it; everybody's names are their own."""

from uuid import UUID
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.ai.statistical.files import Files
from app.core.permissions import Role
from tests.integration.conftest import Connect
from tests.support.accounts import Person
from tests.support.accounts import join
from tests.support.problems import problem_of
from tests.support.statistical import MODELS
from tests.support.statistical import QUESTION
from tests.support.statistical import ROWS
from tests.support.statistical import STATISTICAL
from tests.support.statistical import train


@pytest.fixture
async def anna(app: FastAPI, connect: Connect) -> Person:
    """Somebody who is logged in."""
    return await join(app, connect(app), "anna@example.com")


@pytest.fixture
async def bert(app: FastAPI, connect: Connect) -> Person:
    """Somebody else who is logged in."""
    return await join(app, connect(app), "bert@example.com")


@pytest.fixture
async def admin(app: FastAPI, connect: Connect) -> Person:
    """An administrator who is logged in."""
    return await join(app, connect(app), "admin@example.com", Role.ADMIN)


async def test_somebody_elses_model_is_not_there(anna: Person, bert: Person) -> None:
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


async def test_versions_are_counted_for_each_person(anna: Person, bert: Person) -> None:
    assert (await train(anna.client))["version"] == 1
    assert (await train(bert.client))["version"] == 1
    assert (await train(anna.client))["version"] == 2


@pytest.mark.parametrize("by", ["themselves", "an administrator"])
async def test_deleting_an_account_deletes_its_models(
    app: FastAPI, anna: Person, admin: Person, by: str
) -> None:
    files: Files = app.state.statistical.files
    gone, kept = UUID((await train(anna.client))["id"]), UUID((await train(admin.client))["id"])
    assert (await admin.client.get(f"{MODELS}/{gone}")).status_code == 200
    client, path = (anna.client, "me") if by == "themselves" else (admin.client, anna.id)
    refused = await anna.client.delete(f"/api/v1/users/{admin.id}")
    assert refused.status_code == 403
    assert files.data(kept).exists()
    assert (await client.delete(f"/api/v1/users/{path}")).status_code == 204
    problem_of(await admin.client.get(f"{MODELS}/{gone}"), 404, "not_found")
    assert not files.data(gone).parent.exists()
    assert files.data(kept).exists()


async def test_without_a_token_there_is_nothing(anonymous: AsyncClient) -> None:
    path, file = f"{MODELS}/{uuid4()}", {"file": ("t.csv", b"a\n1\n", "text/csv")}
    order = {"name": "buyers", "target": "buys", "rows": ROWS}
    for response in (
        await anonymous.post(MODELS, json=order),
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
