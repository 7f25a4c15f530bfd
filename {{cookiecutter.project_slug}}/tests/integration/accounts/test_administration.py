"""What administrators do with other people's accounts, and what nobody may do."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.core.permissions import Role
from tests.support.accounts import Person
from tests.support.accounts import count_sessions
from tests.support.accounts import delete_account
from tests.support.accounts import join
from tests.support.accounts import log_in
from tests.support.accounts import refresh
from tests.support.accounts import register
from tests.support.apps import Connect
from tests.support.no_content import is_no_content
from tests.support.problems import problem_of
from tests.support.problems import refused_fields

USERS = "/api/v1/users"


async def emails_of(client: AsyncClient, **query: Any) -> list[str]:
    """The addresses of everybody, page by page."""
    emails: list[str] = []
    while True:
        response = await client.get(USERS, params=query)
        assert response.status_code == 200, response.text
        emails += [user["email"] for user in response.json()["items"]]
        query["cursor"] = response.json()["next_cursor"]
        if query["cursor"] is None:
            return emails


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_only_administrators_may(anna: Person, bert: Person, method: str) -> None:
    change = {"full_name": "B"} if method == "PATCH" else None
    response = await anna.client.request(method, f"{USERS}/{bert.id}", json=change)
    problem_of(response, 403, "permission_denied")
    problem_of(await anna.client.get(USERS), 403, "permission_denied")


async def test_nobody_is_not_an_administrator(anonymous: AsyncClient) -> None:
    problem_of(await anonymous.get(USERS), 401, "unauthorized")
    problem_of(await anonymous.delete(f"{USERS}/{uuid4()}"), 401, "unauthorized")


async def test_the_list_holds_everybody_newest_first(admin: Person) -> None:
    emails = [f"{name}@example.com" for name in "abcde"]
    for email in emails:
        await register(admin.client, email)
    everybody = [*reversed(emails), admin.email]
    for limit in (1, 2, 3, 100):
        assert await emails_of(admin.client, limit=limit) == everybody


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"cursor": "x"}])
async def test_a_wrong_question_is_refused(admin: Person, query: dict[str, str]) -> None:
    assert refused_fields(await admin.client.get(USERS, params=query)) == list(query)


async def test_they_read_and_change_somebody(admin: Person, anna: Person) -> None:
    path = f"{USERS}/{anna.id}"
    assert (await admin.client.get(path)).json()["email"] == anna.email
    changed = await admin.client.patch(path, json={"full_name": "Anna"})
    assert (changed.status_code, changed.json()["full_name"]) == (200, "Anna")
    assert (await anna.client.get(f"{USERS}/me")).json() == changed.json()


async def test_somebody_who_does_not_exist(admin: Person) -> None:
    path = f"{USERS}/{uuid4()}"
    problem_of(await admin.client.get(path), 404, "not_found")
    problem_of(await admin.client.patch(path, json={"full_name": "A"}), 404, "not_found")
    problem_of(await admin.client.delete(path), 404, "not_found")


@pytest.mark.parametrize(
    "change", [{"role": "king"}, {"role": None}, {"is_active": None}, {"email": "b@example.com"}]
)
async def test_a_change_that_does_not_fit_is_refused(
    admin: Person, anna: Person, change: dict[str, Any]
) -> None:
    response = await admin.client.patch(f"{USERS}/{anna.id}", json=change)
    assert refused_fields(response) == list(change)


async def test_a_new_role_holds_from_the_next_request(admin: Person, anna: Person) -> None:
    path = f"{USERS}/{anna.id}"
    await admin.client.patch(path, json={"role": "admin"})
    assert (await anna.client.get(USERS)).status_code == 200
    await admin.client.patch(path, json={"role": "user"})
    problem_of(await anna.client.get(USERS), 403, "permission_denied")


async def test_a_locked_account_is_out_from_the_next_request(admin: Person, anna: Person) -> None:
    path = f"{USERS}/{anna.id}"
    await admin.client.patch(path, json={"is_active": False})
    problem_of(await anna.client.get(f"{USERS}/me"), 401, "invalid_token")
    problem_of(await refresh(anna.client, anna.tokens["refresh_token"]), 401, "invalid_token")
    await admin.client.patch(path, json={"is_active": True})
    assert (await log_in(anna.client, anna.email)).status_code == 200


async def test_a_deleted_account_is_gone_with_all_that_it_owned(
    app: FastAPI, admin: Person, anna: Person
) -> None:
    assert await count_sessions(app, anna) == 1
    assert is_no_content(await admin.client.delete(f"{USERS}/{anna.id}"))
    problem_of(await anna.client.get(f"{USERS}/me"), 401, "invalid_token")
    problem_of(await admin.client.get(f"{USERS}/{anna.id}"), 404, "not_found")
    assert await count_sessions(app, anna) == 0


@pytest.mark.parametrize("change", [{"role": "user"}, {"is_active": False}])
async def test_the_last_administrator_stays_one(admin: Person, change: dict[str, Any]) -> None:
    path = f"{USERS}/{admin.id}"
    problem_of(await admin.client.patch(path, json=change), 409, "last_admin")
    problem_of(await admin.client.delete(path), 409, "last_admin")
    assert (await admin.client.get(path)).json()["role"] == "admin"
    assert (await admin.client.patch(path, json={"role": "admin"})).status_code == 200


async def test_a_locked_administrator_does_not_count(
    app: FastAPI, connect: Connect, admin: Person
) -> None:
    other = await join(app, connect(app), "other@example.com", Role.ADMIN)
    path = f"{USERS}/{other.id}"
    assert (await admin.client.patch(path, json={"is_active": False})).status_code == 200
    problem_of(await delete_account(admin.client), 409, "last_admin")
    assert (await admin.client.delete(path)).status_code == 204


@pytest.mark.parametrize("way", ["delete", "demote", "lock"])
async def test_of_two_who_go_at_once_one_stays(
    app: FastAPI, connect: Connect, admin: Person, way: str
) -> None:
    other = await join(app, connect(app), "other@example.com", Role.ADMIN)
    changes = {"demote": {"role": "user"}, "lock": {"is_active": False}}

    async def go(person: Person) -> int:
        path = f"{USERS}/{person.id}"
        if way == "delete":
            return (await person.client.delete(path)).status_code
        return (await person.client.patch(path, json=changes[way])).status_code

    statuses = sorted(await asyncio.gather(go(admin), go(other)))
    assert statuses in ([200, 409], [204, 409])
