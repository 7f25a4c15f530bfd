"""What the log never holds: passwords, tokens, bodies. Not even when it holds everything."""

import logging

import pytest

from tests.support.accounts import PASSWORD
from tests.support.accounts import log_in
from tests.support.accounts import refresh
from tests.support.accounts import register
from tests.support.apps import Connect
from tests.support.apps import StartApp


async def test_the_log_holds_no_secret(
    start_app: StartApp, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(await start_app(log_level="DEBUG", debug=True))
    logging.getLogger().addHandler(caplog.handler)
    await register(client, "anna@example.com")
    await log_in(client, "anna@example.com", "wrong horse battery")
    first = (await log_in(client, "anna@example.com")).json()
    second = (await refresh(client, first["refresh_token"])).json()
    client.headers["Authorization"] = f"Bearer {second['access_token']}"
    await client.patch("/api/v1/users/me", json={"full_name": "Secret plan"})
    await client.post("/api/v1/auth/register", json={"email": "no", "password": "hunter2"})
    assert caplog.records
    secrets = {PASSWORD, "wrong horse battery", "hunter2", "Secret plan", "$bcrypt"}
    secrets |= {
        pair[kind] for pair in (first, second) for kind in ("access_token", "refresh_token")
    }
    assert [secret for secret in secrets if secret in caplog.text] == []
