"""Logging in: the form of OAuth 2, the tokens, and answers that tell nobody anything."""

from typing import Any

import pytest
from httpx2 import AsyncClient

from tests.support.accounts import PASSWORD
from tests.support.accounts import Person
from tests.support.accounts import log_in
from tests.support.accounts import register
from tests.support.problems import problem_of
from tests.support.problems import refused_fields

TOKEN = "/api/v1/auth/token"


async def test_the_answer_holds_a_pair_of_tokens(anonymous: AsyncClient) -> None:
    await register(anonymous, "anna@example.com")
    response = await log_in(anonymous, "anna@example.com")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    tokens = response.json()
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 15 * 60)
    assert len(tokens["refresh_token"]) >= 43


async def test_every_log_in_is_a_session_of_its_own(anonymous: AsyncClient) -> None:
    await register(anonymous, "anna@example.com")
    first, second = [(await log_in(anonymous, "anna@example.com")).json() for _ in range(2)]
    assert first["refresh_token"] != second["refresh_token"]
    await anonymous.post("/api/v1/auth/logout", json={"refresh_token": first["refresh_token"]})
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    assert (await anonymous.get("/api/v1/users/me", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("anna@example.com", "wrong horse battery"),
        ("anna@example.com", PASSWORD.upper()),
        ("anna@example.com", "x" * 5000),
        ("nobody@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("x" * 200, PASSWORD),
    ],
)
async def test_nothing_tells_the_unknown_from_the_wrong(
    anonymous: AsyncClient, username: str, password: str
) -> None:
    await register(anonymous, "anna@example.com")
    response = await log_in(anonymous, username, password)
    problem = problem_of(response, 401, "invalid_credentials")
    assert problem["detail"] == "The e-mail address or the password is wrong."
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_a_locked_account_looks_like_a_wrong_password(anna: Person, admin: Person) -> None:
    path = f"/api/v1/users/{anna.id}"
    assert (await admin.client.patch(path, json={"is_active": False})).status_code == 200
    problem_of(await log_in(anna.client, anna.email), 401, "invalid_credentials")


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, ["username", "password"]),
        ({"username": "anna@example.com"}, ["password"]),
        ({"username": "", "password": ""}, ["username", "password"]),
        ({"username": "a\0", "password": PASSWORD}, ["username"]),
        ({"username": "x" * 5000, "password": PASSWORD}, ["username"]),
        ({"username": "a@example.com", "password": "hunter2\0"}, ["password"]),
        ({"username": "a", "password": "b", "grant_type": "refresh_token"}, ["grant_type"]),
    ],
)
async def test_a_form_that_does_not_fit_is_refused(
    anonymous: AsyncClient, form: dict[str, Any], fields: list[str]
) -> None:
    response = await anonymous.post(TOKEN, data=form)
    assert refused_fields(response) == fields
    assert "hunter2" not in response.text


async def test_the_form_of_the_authorize_button_is_taken(anonymous: AsyncClient) -> None:
    await register(anonymous, "anna@example.com")
    form = {
        "grant_type": "password",
        "username": "anna@example.com",
        "password": PASSWORD,
        "scope": "",
        "client_id": "",
        "client_secret": "",
    }
    assert (await anonymous.post(TOKEN, data=form)).status_code == 200


async def test_json_instead_of_the_form_is_refused(anonymous: AsyncClient) -> None:
    response = await anonymous.post(TOKEN, json={"username": "a", "password": "b"})
    assert refused_fields(response) == ["username", "password"]
    message = "Send this as application/x-www-form-urlencoded, not as application/json"
    assert all(message in error["message"] for error in response.json()["errors"])
