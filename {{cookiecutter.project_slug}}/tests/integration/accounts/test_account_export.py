"""The export of an account: all rows of a user, in batches of bounded size."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event

from app.db.base import Base
from app.models.login_session import LoginSession
from app.schemas.users import ExportedAccount
from app.services import account_export
from tests.support.accounts import PASSWORD
from tests.support.accounts import Person
from tests.support.accounts import join
from tests.support.accounts import open_session
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of

EXPORT = "/api/v1/users/me/export"


TABLES = {
    name
    for name, table in Base.metadata.tables.items()
    if any(key.target_fullname == "users.id" for key in table.foreign_keys)
}


async def test_it_holds_everything_of_oneself_and_nothing_of_others(
    anna: Person, bert: Person
) -> None:
    response = await anna.client.get(EXPORT)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert "attachment" in response.headers["Content-Disposition"]
    export = response.json()
    tables = export["tables"]
    assert set(export) == {"user", "tables"}
    assert "login_sessions" in TABLES
    assert set(tables) == TABLES
    assert export["user"] == (await anna.client.get("/api/v1/users/me")).json()
    (session,) = tables["login_sessions"]
    assert session["user_id"] == anna.id
    assert bert.id not in response.text


async def test_it_holds_no_secret(anna: Person) -> None:
    text = (await anna.client.get(EXPORT)).text
    secrets = ("bcrypt", "fingerprint", "password", PASSWORD, anna.tokens["refresh_token"])
    assert [secret for secret in secrets if secret in text] == []


async def test_it_reads_page_by_page(
    app: FastAPI, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_export, "PAGE_SIZE", 2)
    for _ in range(4):
        await open_session(anna.client, anna.email)
    loaded: list[int] = []

    def note(context: Any) -> None:
        if context.is_select and f"FROM {LoginSession.__tablename__}" in str(context.statement):
            loaded.append(context.statement._limit)

    session_class = app.state.resources.database._readers.class_.sync_session_class
    event.listen(session_class, "do_orm_execute", note)
    try:
        export = (await anna.client.get(EXPORT)).json()
    finally:
        event.remove(session_class, "do_orm_execute", note)
    times = [session["created_at"] for session in export["tables"]["login_sessions"]]
    assert len(times) == 5
    assert times == sorted(times)
    assert loaded == [3, 3, 3]


async def test_it_may_be_had_so_often_only(start_app: StartApp, connect: Connect) -> None:
    app = await start_app(rate_limit_enabled=True, rate_limit_export="1/hour")
    anna = await join(app, connect(app), "anna@example.com")
    bert = await join(app, connect(app), "bert@example.com")
    assert (await anna.client.get(EXPORT)).status_code == 200
    problem_of(await anna.client.get(EXPORT), 429, "rate_limited")
    assert (await bert.client.get(EXPORT)).status_code == 200


async def test_the_document_describes_it(app: FastAPI, anna: Person) -> None:
    document = app.openapi()
    content = document["paths"][EXPORT]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"]["$ref"].endswith("/ExportedAccount")
    ExportedAccount.model_validate_json((await anna.client.get(EXPORT)).content)
