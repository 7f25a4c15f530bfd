"""Bodies of paths that need no token are small."""

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport
from httpx2 import AsyncClient

from app.api.deps.auth import ACCOUNT_BODY_LIMITS
from tests.support.apps import StartApp
from tests.support.problems import problem_of
from tests.support.things import THINGS
from tests.support.things import add_things

TOO_LONG = b"a" * (max(ACCOUNT_BODY_LIMITS.values()) + 1)


@pytest.mark.parametrize("root_path", ["", "/backend"])
@pytest.mark.parametrize("path", ["auth/token", "auth/refresh", "users/me", "users/me/password"])
async def test_they_have_a_limit_of_their_own(
    start_app: StartApp, path: str, root_path: str
) -> None:
    transport = ASGITransport(await start_app(), root_path=root_path)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.post(f"{root_path}/api/v1/{path}", content=TOO_LONG)
    problem_of(response, 413, "content_too_large")


async def test_other_paths_have_the_usual_limit(app: FastAPI, client: AsyncClient) -> None:
    add_things(app)
    response = await client.post(THINGS, content=TOO_LONG)
    problem_of(response, 422, "validation_error")
