"""Each person has a quota of their own, and administrators see everybody's use."""

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.core.permissions import Role
from tests.integration.conftest import Connect
from tests.integration.conftest import StartApp
from tests.support.accounts import Person
from tests.support.accounts import join
from tests.support.llm_calls import calls_of
from tests.support.problems import problem_of
from tests.support.streams import hello

LLM = "/api/v1/ai/llm"


@pytest.fixture
async def anna(app: FastAPI, connect: Connect) -> Person:
    """Somebody who is logged in."""
    return await join(app, connect(app), "anna@example.com")


@pytest.fixture
async def admin(app: FastAPI, connect: Connect) -> Person:
    """An administrator who is logged in."""
    return await join(app, connect(app), "admin@example.com", Role.ADMIN)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/models"),
        ("GET", "/usage"),
        ("GET", "/usage/totals"),
        ("POST", "/chat"),
        ("POST", "/chat/stream"),
    ],
)
async def test_every_path_needs_somebody(anonymous: AsyncClient, method: str, path: str) -> None:
    response = await anonymous.request(method, LLM + path, json=hello())
    problem_of(response, 401, "unauthorized")


async def test_each_person_has_a_quota_of_their_own(start_app: StartApp, connect: Connect) -> None:
    app = await start_app(llm_tokens_per_day=150, llm_max_tokens=100)
    people = [await join(app, connect(app), f"{name}@example.com") for name in ("anna", "bert")]
    for person in people:
        assert (await person.client.post(f"{LLM}/chat", json=hello())).status_code == 200
    for person in people:
        usage = (await person.client.get(f"{LLM}/usage")).json()
        assert usage["today"]["calls"] == 1


async def test_administrators_see_what_each_has_used_of_each_model(
    start_app: StartApp, connect: Connect
) -> None:
    app = await start_app(llm_model="small", llm_allowed_models="large")
    anna = await join(app, connect(app), "anna@example.com")
    admin = await join(app, connect(app), "admin@example.com", Role.ADMIN)
    for model in ("small", "small", "large"):
        asked = await anna.client.post(f"{LLM}/chat", json=hello(model=model))
        assert asked.status_code == 200
    await admin.client.post(f"{LLM}/chat", json=hello(max_tokens=1))
    found = (await admin.client.get(f"{LLM}/usage/totals")).json()["totals"]
    shown = [(row["user_id"], row["model"], row["calls"]) for row in found]
    assert shown == [
        (anna.id, "small", 2),
        (anna.id, "large", 1),
        (admin.id, "small", 1),
    ]
    assert found[0]["total_tokens"] == found[0]["prompt_tokens"] + found[0]["completion_tokens"]
    second = await admin.client.get(f"{LLM}/usage/totals", params={"limit": 1, "offset": 1})
    assert second.json()["totals"] == found[1:2]


async def test_nobody_else_sees_them(anna: Person) -> None:
    problem_of(await anna.client.get(f"{LLM}/usage/totals"), 403, "permission_denied")


async def test_with_an_account_its_calls_are_deleted(app: FastAPI, anna: Person) -> None:
    await anna.client.post(f"{LLM}/chat", json=hello())
    assert len(await calls_of(app)) == 1
    assert (await anna.client.delete("/api/v1/users/me")).status_code == 204
    assert await calls_of(app) == []


async def test_an_administrator_who_has_asked_nothing_sees_nothing(admin: Person) -> None:
    assert (await admin.client.get(f"{LLM}/usage/totals")).json()["totals"] == []
