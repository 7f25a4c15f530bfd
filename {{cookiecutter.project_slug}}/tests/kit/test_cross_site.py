"""Websites must not make the browsers of their visitors write here."""

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of

FRONT_END = "https://a.example.com"


@pytest.fixture
async def app(start_app: StartApp) -> FastAPI:
    """An application that one website may call, and the things that were stored in it."""
    app = await start_app(cors_origins=[FRONT_END])
    app.state.things = []

    async def store() -> None:
        app.state.things.append("a thing")

    app.add_api_route("/things", store, methods=["GET", "POST", "PATCH", "DELETE"])
    return app


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
async def test_another_website_cannot_write(
    app: FastAPI, anonymous: AsyncClient, method: str, headers: dict[str, str]
) -> None:
    response = await anonymous.request(method, "/things", headers=headers)
    problem_of(response, 403, "cross_site_request")
    assert app.state.things == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://test"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://test"},
        {"Origin": "https://test"},
        {"Origin": FRONT_END},
        {"Sec-Fetch-Site": "cross-site", "Origin": FRONT_END},
    ],
)
async def test_others_can(app: FastAPI, anonymous: AsyncClient, headers: dict[str, str]) -> None:
    assert (await anonymous.post("/things", headers=headers)).status_code == 200
    assert app.state.things == ["a thing"]


async def test_a_link_of_another_website_can_be_opened(anonymous: AsyncClient) -> None:
    response = await anonymous.get("/things", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 200


async def test_in_development_a_front_end_on_this_machine_can(
    start_app: StartApp, connect: Connect
) -> None:
    client = connect(await start_app(environment="development"))
    headers = {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:5173"}
    response = await client.post("/api/v1/nothing", headers=headers)
    problem_of(response, 404, "not_found")
