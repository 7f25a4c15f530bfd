"""Long answers come compressed to those who can read that; short ones and problems as they are."""

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.support.apps import StartApp
from tests.support.things import MANY
from tests.support.things import THINGS
from tests.support.things import add_things


@pytest.fixture
async def app(start_app: StartApp) -> FastAPI:
    """An application with a long answer."""
    return add_things(await start_app())


async def test_a_long_answer_is_compressed(anonymous: AsyncClient) -> None:
    async with anonymous.stream("GET", THINGS, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in response.headers["Vary"]
        body = await response.aread()
        assert response.num_bytes_downloaded < len(body) / 3
        assert response.json() == {"titles": MANY}


async def test_who_cannot_read_that_gets_it_plain(anonymous: AsyncClient) -> None:
    response = await anonymous.get(THINGS, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in response.headers
    assert response.json() == {"titles": MANY}


async def test_a_short_answer_stays_as_it_is(anonymous: AsyncClient) -> None:
    response = await anonymous.get("/health/live", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response.headers
