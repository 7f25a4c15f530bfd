"""Headers that keep browsers from doing with a response what it was not made for."""

import pytest
from httpx2 import AsyncClient

from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of


@pytest.mark.parametrize("path", ["/health/live", "/api/v1/nothing", "/docs", "/nothing"])
async def test_every_response_has_them(anonymous: AsyncClient, path: str) -> None:
    headers = (await anonymous.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"


@pytest.mark.parametrize(
    "host",
    [
        "api.example.com",
        "API.example.com:8000",
        "eu.shop.example.com",
        "localhost:8000",
        "127.0.0.1",
        "[::1]:8000",
    ],
)
async def test_a_listed_host_is_answered(start_app: StartApp, connect: Connect, host: str) -> None:
    app = await start_app(allowed_hosts="api.example.com, *.shop.example.com")
    response = await connect(app).get("/health/live", headers={"Host": host})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "api.example.com.evil.example",
        "shop.example.com",
        "127.0.0.1.evil.example",
        "[::1",
        "",
    ],
)
async def test_another_host_is_refused(start_app: StartApp, connect: Connect, host: str) -> None:
    app = await start_app(allowed_hosts=["api.example.com", "*.shop.example.com"])
    response = await connect(app).get("/health/live", headers={"Host": host})
    problem_of(response, 400, "host_not_allowed")


async def test_without_a_list_every_host_is_answered(anonymous: AsyncClient) -> None:
    response = await anonymous.get("/health/live", headers={"Host": "anything.example"})
    assert response.status_code == 200
