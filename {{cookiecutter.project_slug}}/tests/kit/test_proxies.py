"""Behind a proxy: whose word counts, and a path prefix."""

import httpx2
import pytest
from fastapi import FastAPI
from fastapi import Request
from httpx2 import ASGITransport
from httpx2 import AsyncClient

from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.documentation import urls_in
from tests.support.problems import problem_of
from tests.support.processes import serving_by
from tests.support.processes import uvicorn_command
from tests.support.waiting import MAX_WAIT_SECONDS

PROXY = ("10.0.0.1", 50000)
CALLER = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
PREFIX = {"X-Forwarded-Prefix": "/shop"}


def through(app: FastAPI, peer: tuple[str, int] = PROXY) -> AsyncClient:
    """A client whose connection comes from this address."""
    return AsyncClient(transport=ASGITransport(app, client=peer), base_url="http://test")


@pytest.fixture
async def behind(start_app: StartApp) -> FastAPI:
    """An application that trusts one proxy."""
    return await start_app(trusted_proxies=[PROXY[0]])


@pytest.mark.parametrize(
    ("peer", "seen"), [(PROXY, "https 203.0.113.7"), (("10.0.0.2", 1), "http 10.0.0.2")]
)
async def test_only_a_trusted_proxy_is_believed(
    behind: FastAPI, peer: tuple[str, int], seen: str
) -> None:
    async def read(request: Request) -> str:
        return f"{request.url.scheme} {request.client.host if request.client else ''}"

    behind.get("/seen")(read)
    assert (await through(behind, peer).get("/seen", headers=CALLER)).json() == seen


@pytest.mark.parametrize("prefix", ["/shop", "/api", "/a/b"])
@pytest.mark.parametrize("stripped", [True, False])
async def test_a_prefix_is_in_every_generated_address(
    start_app: StartApp, connect: Connect, prefix: str, stripped: bool
) -> None:
    client = connect(await start_app(root_path=f"{prefix}/"))
    before = "" if stripped else prefix
    assert (await client.get(f"{before}/")).headers["Location"] == f"{prefix}/docs"
    urls = urls_in((await client.get(f"{before}/docs")).text)
    assert f"{prefix}/openapi.json" in urls
    assert all(url.startswith(f"{prefix}/") for url in urls)
    for url in urls:
        assert (await client.get(before + url.removeprefix(prefix))).status_code == 200
    document = (await client.get(f"{before}/openapi.json")).json()
    assert document["servers"] == [{"url": prefix}]
    # %if jwt
    (scheme,) = document["components"]["securitySchemes"].values()
    assert scheme["flows"]["password"]["tokenUrl"] == f"{prefix}/api/v1/auth/token"
    # %endif
    response = await client.put(f"{before}/health/live")
    problem_of(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD"
    assert (await client.get(f"{before}/health/live")).status_code == 200


@pytest.mark.parametrize(("peer", "prefix"), [(PROXY, "/shop"), (("10.0.0.2", 1), "")])
async def test_a_trusted_proxy_may_say_the_prefix(
    behind: FastAPI, peer: tuple[str, int], prefix: str
) -> None:
    async with through(behind, peer) as client:
        response = await client.get("/", headers=PREFIX)
        assert response.headers["Location"] == f"{prefix}/docs"
        document = (await client.get("/openapi.json", headers=PREFIX)).json()
        assert document.get("servers", [{"url": ""}]) == [{"url": prefix}]


@pytest.mark.parametrize("prefix", ["shop", "//evil.example", "/a, /b", "/<b>", "/shop\\"])
async def test_what_is_no_path_is_no_prefix(behind: FastAPI, prefix: str) -> None:
    async with through(behind) as client:
        response = await client.get("/", headers={"X-Forwarded-Prefix": prefix})
    assert response.headers["Location"] == "/docs"


async def test_a_prefix_of_one_request_is_not_that_of_the_next(behind: FastAPI) -> None:
    async with through(behind) as client:
        await client.get("/openapi.json", headers=PREFIX)
        document = (await client.get("/openapi.json")).json()
    assert document == behind.openapi()
    assert "servers" not in document


def test_uvicorn_s_own_command_trusts_nobody_else() -> None:
    arguments = ["--factory", "--port", "0", "--root-path", "/shop", "app.main:create_app"]
    with serving_by(uvicorn_command(*arguments), TRUSTED_PROXIES="10.0.0.1") as server:
        headers = {**CALLER, "X-Forwarded-Prefix": "/other"}
        response = httpx2.get(f"{server.url}/", headers=headers, timeout=MAX_WAIT_SECONDS)
        assert response.headers["Location"] == "/shop/docs"
        server.wait_for("HTTP/1.1")
        assert CALLER["X-Forwarded-For"] not in server.log


def test_uvicorn_s_own_command_trusts_our_proxies() -> None:
    arguments = ["--factory", "--port", "0", "app.main:create_app"]
    with serving_by(uvicorn_command(*arguments), TRUSTED_PROXIES="127.0.0.1") as server:
        httpx2.get(f"{server.url}/", headers=CALLER, timeout=MAX_WAIT_SECONDS)
        server.wait_for(f"{CALLER['X-Forwarded-For']}:0")
