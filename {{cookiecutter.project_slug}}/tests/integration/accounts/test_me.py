"""The user's own account: reading, changing, deleting, a new password."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.jobs.finished_jobs import delete_finished_jobs
from tests.support.accounts import PASSWORD
from tests.support.accounts import Person
from tests.support.accounts import count_sessions
from tests.support.accounts import delete_account
from tests.support.accounts import log_in
from tests.support.accounts import open_session
from tests.support.accounts import refresh
from tests.support.accounts import register
from tests.support.jobs import all_jobs
from tests.support.no_content import is_no_content
from tests.support.problems import problem_of
from tests.support.problems import refused_fields

ME = "/api/v1/users/me"
NEW = "another horse battery"


async def change_password(client: AsyncClient, current: str, new: str) -> Any:
    """Ask for a new password."""
    data = {"current_password": current, "new_password": new}
    return await client.post(f"{ME}/password", json=data)


async def test_it_shows_no_password(anna: Person) -> None:
    response = await anna.client.get(ME)
    assert response.status_code == 200
    assert response.json()["id"] == anna.id
    assert "password" not in response.text


async def test_the_name_can_be_changed_and_cleared(anna: Person) -> None:
    changed = await anna.client.patch(ME, json={"full_name": " Anna "})
    assert (changed.status_code, changed.json()["full_name"]) == (200, "Anna")
    assert (await anna.client.patch(ME, json={})).json() == changed.json()
    cleared = await anna.client.patch(ME, json={"full_name": None})
    assert cleared.json()["full_name"] is None
    assert (await anna.client.get(ME)).json() == cleared.json()


@pytest.mark.parametrize("blanks", ["", "   ", "\t\n\u3000"])
async def test_a_name_of_blanks_is_none(anna: Person, blanks: str) -> None:
    await anna.client.patch(ME, json={"full_name": "Anna"})
    changed = await anna.client.patch(ME, json={"full_name": blanks})
    assert (changed.status_code, changed.json()["full_name"]) == (200, None)
    assert (await anna.client.get(ME)).json()["full_name"] is None


@pytest.mark.parametrize(
    "change", [{"role": "admin"}, {"is_active": False}, {"email": "b@example.com"}, {"id": "1"}]
)
async def test_nobody_changes_what_they_are(anna: Person, change: dict[str, Any]) -> None:
    before = (await anna.client.get(ME)).json()
    assert refused_fields(await anna.client.patch(ME, json=change)) == list(change)
    assert (await anna.client.get(ME)).json() == before


@pytest.mark.parametrize("name", ["N" * 101, "N\0"])
async def test_a_name_that_does_not_fit_is_refused(anna: Person, name: str) -> None:
    response = await anna.client.patch(ME, json={"full_name": name})
    assert refused_fields(response) == ["full_name"]


async def test_a_deleted_account_is_gone_with_all_that_it_owned(app: FastAPI, anna: Person) -> None:
    assert await count_sessions(app, anna) == 1
    response = await delete_account(anna.client)
    assert is_no_content(response)
    problem_of(await anna.client.get(ME), 401, "invalid_token")
    problem_of(await refresh(anna.client, anna.tokens["refresh_token"]), 401, "invalid_token")
    problem_of(await log_in(anna.client, anna.email), 401, "invalid_credentials")
    assert await count_sessions(app, anna) == 0
    assert (await register(anna.client, anna.email)).status_code == 201


async def test_the_jobs_of_a_deleted_account_are_deleted(app: FastAPI, anna: Person) -> None:
    async with app.state.resources.database.write() as session:
        for owner in (anna.id, ""):
            await delete_finished_jobs.with_options(owner=owner).enqueue(session)
    await delete_account(anna.client)
    assert [job.owner for job in await all_jobs(app.state.resources.database)] == [""]


async def test_an_account_is_not_deleted_without_its_password(anna: Person) -> None:
    response = await delete_account(anna.client, "wrong horse battery")
    problem = problem_of(response, 422, "validation_error")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        ("current_password", "wrong_password")
    ]
    assert refused_fields(await anna.client.delete(ME)) == ["body"]
    assert (await anna.client.get(ME)).status_code == 200


async def test_the_last_administrator_cannot_go(admin: Person) -> None:
    problem_of(await delete_account(admin.client), 409, "last_admin")
    assert (await admin.client.get(ME)).status_code == 200


async def test_a_new_password_replaces_the_old(anna: Person) -> None:
    response = await change_password(anna.client, PASSWORD, NEW)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    problem_of(await log_in(anna.client, anna.email), 401, "invalid_credentials")
    assert (await log_in(anna.client, anna.email, NEW)).status_code == 200


async def test_a_new_password_ends_every_other_session(anna: Person) -> None:
    other = anna.tokens
    await open_session(anna.client, anna.email)
    await change_password(anna.client, PASSWORD, NEW)
    assert (await anna.client.get(ME)).status_code == 200
    problem_of(await refresh(anna.client, other["refresh_token"]), 401, "invalid_token")
    headers = {"Authorization": f"Bearer {other['access_token']}"}
    problem_of(await anna.client.get(ME, headers=headers), 401, "invalid_token")


async def test_a_new_password_ends_the_old_chain_of_tokens(
    anna: Person, anonymous: AsyncClient
) -> None:
    pair = (await change_password(anna.client, PASSWORD, NEW)).json()
    anna.client.headers["Authorization"] = f"Bearer {pair['access_token']}"
    assert (await anna.client.get(ME)).status_code == 200
    problem_of(await refresh(anonymous, anna.tokens["refresh_token"]), 401, "invalid_token")
    problem_of(await anna.client.get(ME), 401, "invalid_token")  # somebody had a copy


async def test_a_phone_that_loses_the_response_to_its_new_password_stays_signed_in(
    anna: Person,
) -> None:
    await refresh(anna.client, anna.tokens["refresh_token"])  # lost, too
    lost = (await change_password(anna.client, PASSWORD, NEW)).json()
    assert (await anna.client.get(ME)).status_code == 200
    again = (await refresh(anna.client, anna.tokens["refresh_token"])).json()
    assert again["refresh_token"] == lost["refresh_token"]
    assert (await refresh(anna.client, again["refresh_token"])).status_code == 200


async def test_the_current_password_must_be_right(anna: Person) -> None:
    response = await change_password(anna.client, "wrong horse battery", NEW)
    problem = problem_of(response, 422, "validation_error")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        ("current_password", "wrong_password")
    ]
    assert (await log_in(anna.client, anna.email)).status_code == 200


@pytest.mark.parametrize("new", ["hunter2", "hunter2" * 20, "hunter2hunter2\0"])
async def test_a_new_password_that_is_refused_is_not_echoed(anna: Person, new: str) -> None:
    response = await change_password(anna.client, PASSWORD, new)
    assert refused_fields(response) == ["new_password"]
    assert new[:7] not in response.text
    assert PASSWORD not in response.text
