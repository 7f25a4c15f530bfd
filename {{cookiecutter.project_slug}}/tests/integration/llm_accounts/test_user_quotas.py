"""Each user has a quota, and administrators see the usage of all users."""

import asyncio
import logging
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import update

from app.ai.llm.port import ChatCompletionRequest
from app.ai.llm.port import Message
from app.ai.llm.usage import Requester
from app.core.access_scope import AccessScope
from app.core.permissions import Role
from app.jobs.llm_usage import delete_old_llm_calls
from app.models.llm_call import LlmCall
from app.models.user import User
from app.schemas.llm import ChatRole
from tests.support.accounts import Person
from tests.support.accounts import delete_account
from tests.support.accounts import join
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.jobs import enqueue
from tests.support.llm_calls import read_calls
from tests.support.problems import problem_of
from tests.support.streams import hello

LLM = "/api/v1/ai/llm"


@pytest.fixture
async def anna(app: FastAPI, connect: Connect) -> Person:
    """Log in a user."""
    return await join(app, connect(app), "anna@example.com")


@pytest.fixture
async def admin(app: FastAPI, connect: Connect) -> Person:
    """Log in an administrator."""
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
async def test_every_path_requires_a_token(anonymous: AsyncClient, method: str, path: str) -> None:
    response = await anonymous.request(method, LLM + path, json=hello())
    problem_of(response, 401, "unauthorized")


async def test_each_user_has_a_quota(start_app: StartApp, connect: Connect) -> None:
    app = await start_app(llm_tokens_per_day=150, llm_max_tokens=100)
    people = [await join(app, connect(app), f"{name}@example.com") for name in ("anna", "bert")]
    for person in people:
        assert (await person.client.post(f"{LLM}/chat", json=hello())).status_code == 200
    for person in people:
        usage = (await person.client.get(f"{LLM}/usage")).json()
        assert usage["today"]["calls"] == 1


async def test_administrators_see_the_usage_of_each_user_and_model(
    start_app: StartApp, connect: Connect
) -> None:
    app = await start_app(llm_model="small", llm_allowed_models="large")
    anna = await join(app, connect(app), "anna@example.com")
    admin = await join(app, connect(app), "admin@example.com", Role.ADMIN)
    for model in ("small", "small", "large"):
        response = await anna.client.post(f"{LLM}/chat", json=hello(model=model))
        assert response.status_code == 200
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


async def test_other_users_do_not_see_the_report(anna: Person) -> None:
    problem_of(await anna.client.get(f"{LLM}/usage/totals"), 403, "permission_denied")


async def test_a_new_account_with_the_same_address_continues_the_quota(
    start_app: StartApp, connect: Connect
) -> None:
    app = await start_app(llm_tokens_per_day=120, llm_max_tokens=100)
    anna = await join(app, connect(app), "anna@example.com")
    assert (await anna.client.post(f"{LLM}/chat", json=hello())).status_code == 200
    before = (await anna.client.get(f"{LLM}/usage")).json()
    assert (await delete_account(anna.client)).status_code == 204
    anna = await join(app, connect(app), "Anna@Example.com")
    assert (await anna.client.get(f"{LLM}/usage")).json() == before
    rejected = await anna.client.post(f"{LLM}/chat", json=hello())
    problem_of(rejected, 429, "llm_quota_exceeded")
    bert = await join(app, connect(app), "bert@example.com")
    assert (await bert.client.post(f"{LLM}/chat", json=hello())).status_code == 200


async def test_a_deleted_account_counts_against_the_total_quota(
    start_app: StartApp, connect: Connect
) -> None:
    app = await start_app(llm_tokens_per_day_total=120, llm_max_tokens=100)
    for name in ("anna", "bert"):
        person = await join(app, connect(app), f"{name}@example.com")
        response = await person.client.post(f"{LLM}/chat", json=hello())
        assert (await delete_account(person.client)).status_code == 204
    problem_of(response, 503, "llm_total_quota_exceeded")


async def test_changing_the_email_address_keeps_the_quota(
    start_app: StartApp, connect: Connect
) -> None:
    app = await start_app(llm_tokens_per_day=120, llm_max_tokens=100)
    anna = await join(app, connect(app), "anna@example.com")
    assert (await anna.client.post(f"{LLM}/chat", json=hello())).status_code == 200
    async with app.state.resources.database.write() as session:
        await session.execute(update(User).values(email="anna@example.net"))
    rejected = await anna.client.post(f"{LLM}/chat", json=hello())
    problem_of(rejected, 429, "llm_quota_exceeded")


async def test_calls_of_a_deleted_account_are_anonymous_and_expire_with_the_day(
    app: FastAPI, anna: Person, admin: Person
) -> None:
    await anna.client.post(f"{LLM}/chat", json=hello())
    assert (await delete_account(anna.client)).status_code == 204
    (call,) = await read_calls(app)
    assert call.owner_id is None
    assert len(call.quota_key) == 64
    assert call.quota_key != sha256(b"anna@example.com").hexdigest()
    assert (await admin.client.get(f"{LLM}/usage/totals")).json()["totals"] == []
    async with app.state.resources.database.write() as session:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        await session.execute(update(LlmCall).values(created_at=yesterday))
    await admin.client.post(f"{LLM}/chat", json=hello())
    await enqueue(app.state.resources.database, delete_old_llm_calls)
    await app.state.jobs.run_due_jobs()
    (call,) = await read_calls(app)
    assert str(call.owner_id) == admin.id


async def test_calls_that_start_and_end_at_once_do_not_deadlock(
    app: FastAPI, anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    request = ChatCompletionRequest("small", (Message(ChatRole.USER, "Hello"),), max_tokens=100)
    requester = Requester("anna", AccessScope(UUID(anna.id)))

    async def reserve_and_give_up() -> None:
        for _ in range(20):
            async with app.state.llm.usage.record(requester, request):
                pass

    with caplog.at_level(logging.ERROR):
        await asyncio.gather(*(reserve_and_give_up() for _ in range(10)))
    assert caplog.messages == []
    assert await read_calls(app) == []


async def test_the_report_is_empty_without_calls(admin: Person) -> None:
    assert (await admin.client.get(f"{LLM}/usage/totals")).json()["totals"] == []


async def test_the_account_export_contains_calls(app: FastAPI, anna: Person, admin: Person) -> None:
    for person in (anna, admin):
        await person.client.post(f"{LLM}/chat", json=hello())
    (mine,) = [call for call in await read_calls(app) if str(call.owner_id) == anna.id]
    response = await anna.client.get("/api/v1/users/me/export")
    (exported,) = response.json()["tables"]["llm_calls"]
    assert exported["id"] == str(mine.id)
    assert exported["prompt_tokens"] == mine.prompt_tokens
