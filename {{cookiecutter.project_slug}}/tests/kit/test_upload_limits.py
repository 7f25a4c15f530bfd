"""How many uploads are under way at once, and who may begin one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from httpx2 import AsyncClient
from httpx2 import Response

from tests.support.accounts import open_session
from tests.support.accounts import register
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of

PATH = "/api/v1/ai/custom-models/any/classify-image"  # %if custom_models
PATH = "/api/v1/ai/statistical/describe/csv"  # %if statistical
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
DATA = b"a\n1\n2\n"
FOOT = b"\r\n--b--\r\n"
BUSY = 503, "too_many_uploads"
PROXIES = ["127.0.0.1"]


class Upload:
    """An upload that goes on when we say so, and knows how much of it was read."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._begun = asyncio.Event()
        self._rest = asyncio.Event()
        self.bytes_read = 0

    async def _body(self) -> AsyncIterator[bytes]:
        for part in (HEAD, DATA, FOOT):
            self.bytes_read += len(part)
            yield part
            self._begun.set()
            await self._rest.wait()

    async def send(self) -> Response:
        """Send all of it."""
        self._rest.set()
        return await self._client.post(PATH, content=self._body(), headers=FORM)

    @asynccontextmanager
    async def under_way(self) -> AsyncIterator[None]:
        """Inside, the server waits for the rest; afterwards it has answered."""
        task = asyncio.create_task(self._client.post(PATH, content=self._body(), headers=FORM))
        await self._begun.wait()
        yield
        self._rest.set()
        assert (await task).status_code != 503


async def client_of(app: FastAPI, connect: Connect, number: int) -> AsyncClient:
    """Return a client unlike those of other numbers."""
    client = connect(app)
    client.headers["X-Forwarded-For"] = f"10.0.0.{number}"
    # %if jwt
    await register(client, f"{number}@example.com")
    await open_session(client, f"{number}@example.com")
    # %endif
    return client


async def test_one_client_has_so_many_under_way(start_app: StartApp, connect: Connect) -> None:
    app = await start_app(trusted_proxies=PROXIES, max_concurrent_uploads_per_client=1)
    one, two = [await client_of(app, connect, number) for number in (1, 2)]
    async with Upload(one).under_way():
        second = Upload(one)
        refused = await second.send()
        problem_of(refused, *BUSY)
        assert refused.headers["Retry-After"] == "5"
        assert second.bytes_read == 0
        assert (await Upload(two).send()).status_code != 503
    assert (await Upload(one).send()).status_code != 503


async def test_all_clients_have_so_many_under_way(start_app: StartApp, connect: Connect) -> None:
    app = await start_app(trusted_proxies=PROXIES, max_concurrent_uploads=1)
    one, two = [await client_of(app, connect, number) for number in (1, 2)]
    async with Upload(one).under_way():
        problem_of(await Upload(two).send(), *BUSY)
    assert (await Upload(two).send()).status_code != 503


async def test_all_clients_have_so_many_bytes_under_way(
    start_app: StartApp, connect: Connect
) -> None:
    app = await start_app(
        trusted_proxies=PROXIES, max_concurrent_upload_bytes=1024
    )  # less than the largest upload
    client = await client_of(app, connect, 1)
    async with Upload(client).under_way():
        small = await client.post(PATH, content=HEAD + DATA + FOOT, headers=FORM)
        problem_of(small, *BUSY)
    app = await start_app(trusted_proxies=PROXIES, max_concurrent_upload_bytes=100 * 1024 * 1024)
    client = await client_of(app, connect, 2)
    async with Upload(client).under_way():
        assert (await Upload(client).send()).status_code != 503


# %if jwt
async def test_a_body_without_a_valid_token_is_not_read(
    start_app: StartApp, connect: Connect
) -> None:
    app = await start_app(trusted_proxies=PROXIES)
    anonymous = Upload(connect(app))
    response = await anonymous.send()
    problem_of(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    client = await client_of(app, connect, 1)
    await client.post("/api/v1/auth/logout-all")
    logged_out = Upload(client)
    response = await logged_out.send()
    problem_of(response, 401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert (anonymous.bytes_read, logged_out.bytes_read) == (0, 0)


# %endif
async def test_only_a_post_has_the_limit_of_uploads(start_app: StartApp, connect: Connect) -> None:
    app = await start_app(trusted_proxies=PROXIES, max_body_bytes=1024)
    client = await client_of(app, connect, 1)
    response = await client.put(PATH, content=b"a" * 1025)
    problem_of(response, 413, "content_too_large")
