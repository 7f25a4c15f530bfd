"""Logging in: the form of OAuth 2, the tokens, and answers that tell nobody anything."""

import asyncio
import threading
from typing import Any
from urllib.parse import urlencode

import bcrypt
import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.support.accounts import PASSWORD
from tests.support.accounts import Person
from tests.support.accounts import log_in
from tests.support.accounts import register
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of
from tests.support.problems import refused_fields
from tests.support.waiting import MAX_WAIT_SECONDS

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
    message = "Send the body as application/x-www-form-urlencoded, not as application/json"
    assert all(message in error["message"] for error in response.json()["errors"])


async def leave_while_logging_in(app: FastAPI) -> None:
    """Send a login, and close the connection before the response."""
    body = urlencode({"username": "anna@example.com", "password": PASSWORD}).encode()
    messages = [{"type": "http.request", "body": body}]
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "method": "POST", "path": TOKEN, "headers": headers}

    async def receive() -> dict[str, Any]:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        """Nobody reads it."""

    await app({**scope, "query_string": b"", "raw_path": TOKEN.encode()}, receive, send)


async def test_a_login_that_nobody_waits_for_is_not_hashed(
    start_app: StartApp, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await start_app(password_hash_workers=1, password_hash_queue_size=5)
    client = connect(app)
    await register(client, "anna@example.com")
    hashpw, hashes, begun, release = bcrypt.hashpw, [], threading.Event(), threading.Event()

    def hold(secret: bytes, salt: bytes) -> bytes:
        hashes.append(salt)
        begun.set()
        release.wait(timeout=MAX_WAIT_SECONDS)
        return hashpw(secret, salt)

    monkeypatch.setattr(bcrypt, "hashpw", hold)
    first = asyncio.ensure_future(log_in(client, "anna@example.com"))
    await asyncio.to_thread(begun.wait, 60)
    for _ in range(30):
        await leave_while_logging_in(app)
    waiting = [asyncio.ensure_future(log_in(client, "nobody@example.com")) for _ in range(6)]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    refused = await done.pop()
    problem_of(refused, 503, "password_queue_full")
    assert int(refused.headers["Retry-After"]) > 0
    release.set()
    await asyncio.gather(*waiting)
    assert (await first).status_code == 200
    assert len(hashes) == 1 + 5
