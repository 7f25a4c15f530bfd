"""Which websites may call from a browser."""

from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient

from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.settings import sqlite_url
from tests.support.things import THINGS

ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def production(tmp_path: Path) -> dict[str, Any]:
    """Settings that production would start with, wherever the other tests have their database."""
    values: dict[str, Any] = {"environment": "production", "log_level": "WARNING"}
    values["database_url"] = sqlite_url(tmp_path / "production.db")
    values["password_hash_rounds"] = 10  # %if jwt
    values["secret_key"] = "8f5c1d0e7ab3942668e01f7c5d2b9a43"  # %if jwt
    values["llm_api_key"] = "a key"  # %if llm
    return values


async def preflight(client: AsyncClient, origin: str, method: str = "POST") -> str | None:
    """Ask as browsers do before a request that is not simple."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type, x-request-id",
    }
    response = await client.options(THINGS, headers=headers)
    return response.headers.get(ALLOWED) if response.status_code == 200 else None


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:5173",
        "http://127.0.0.1:61234",
        "http://localhost",
        "http://[::1]:5173",
        "https://localhost:5173",
        "https://localhost",
        "capacitor://localhost",
        "ionic://localhost",
    ],
)
async def test_in_development_every_port_of_this_machine_may_call(
    start_app: StartApp, connect: Connect, origin: str
) -> None:
    client = connect(await start_app(environment="development"))
    assert await preflight(client, origin) == origin


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://localhost:1a",
        "capacitor://localhost.evil.example",
        "ionic://evil.example",
        "null",
    ],
)
async def test_in_development_nobody_else_may(
    start_app: StartApp, connect: Connect, origin: str
) -> None:
    client = connect(await start_app(environment="development"))
    assert await preflight(client, origin) is None
    response = await client.get("/health/live", headers={"Origin": origin})
    assert ALLOWED not in response.headers


async def test_in_production_only_what_is_listed_may_call(
    start_app: StartApp, connect: Connect, production: dict[str, Any]
) -> None:
    client = connect(await start_app(**production, cors_origins="https://a.example.com"))
    assert await preflight(client, "https://a.example.com") == "https://a.example.com"
    for origin in ("http://localhost:5173", "https://b.example.com", "http://a.example.com"):
        assert await preflight(client, origin) is None


async def test_a_pattern_must_fit_all_of_the_origin(
    start_app: StartApp, connect: Connect, production: dict[str, Any]
) -> None:
    pattern = r"https://[a-z]+\.example\.com"
    client = connect(await start_app(**production, cors_origin_regex=pattern))
    assert await preflight(client, "https://a.example.com") == "https://a.example.com"
    assert await preflight(client, "https://a.example.com.evil.example") is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE"])
async def test_every_method_may_be_used(start_app: StartApp, connect: Connect, method: str) -> None:
    client = connect(await start_app(cors_origins=["https://a.example.com"]))
    assert await preflight(client, "https://a.example.com", method) == "https://a.example.com"


async def test_errors_can_be_read_too(start_app: StartApp, connect: Connect) -> None:
    client = connect(await start_app(cors_origins=["https://a.example.com"]))
    response = await client.get("/nothing", headers={"Origin": "https://a.example.com"})
    assert response.status_code == 404
    assert response.headers[ALLOWED] == "https://a.example.com"
    exposed = response.headers["Access-Control-Expose-Headers"]
    assert {*exposed.split(", ")} >= {
        "ETag",
        "Retry-After",
        "Deprecation",
        "Sunset",
        "X-Request-ID",
    }


async def allowed_headers(client: AsyncClient, *names: str) -> bool:
    """Whether a website may send these headers."""
    headers = {
        "Origin": "https://a.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ",".join(names),
    }
    return (await client.options(THINGS, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "idempotency-key",
        "if-match",
        "if-none-match",
        "last-event-id",
        "traceparent",
        "x-app-version",
    ],
)
async def test_the_usual_headers_may_be_sent(
    start_app: StartApp, connect: Connect, name: str
) -> None:
    client = connect(await start_app(cors_origins=["https://a.example.com"]))
    assert await allowed_headers(client, name)


async def test_more_headers_may_be_allowed(start_app: StartApp, connect: Connect) -> None:
    client = connect(await start_app(cors_origins=["https://a.example.com"]))
    assert not await allowed_headers(client, "x-tenant")
    values = {"cors_origins": ["https://a.example.com"], "cors_headers": "X-Tenant, X-Build"}
    client = connect(await start_app(**values))
    assert await allowed_headers(client, "content-type", "x-build", "x-tenant")


async def test_a_preflight_is_remembered_for_two_hours(
    start_app: StartApp, connect: Connect
) -> None:
    client = connect(await start_app(cors_origins=["https://a.example.com"]))
    headers = {"Origin": "https://a.example.com", "Access-Control-Request-Method": "POST"}
    response = await client.options(THINGS, headers=headers)
    assert response.headers["Access-Control-Max-Age"] == "7200"


@pytest.mark.parametrize(
    ("origin", "status"), [("https://a.example.com", 200), ("https://evil.example", 400)]
)
async def test_a_private_network_is_open_to_those_who_may_call(
    start_app: StartApp, connect: Connect, origin: str, status: int
) -> None:
    client = connect(await start_app(cors_origins=["https://a.example.com"]))
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
    }
    response = await client.options(THINGS, headers=headers)
    assert response.status_code == status
    assert (ALLOWED in response.headers) == (status == 200)
    if status == 200:
        assert response.headers["Access-Control-Allow-Private-Network"] == "true"
