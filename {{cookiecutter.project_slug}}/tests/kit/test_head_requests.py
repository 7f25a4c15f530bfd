"""HEAD answers wherever GET does, with its headers and without a body."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from httpx2 import AsyncClient

from tests.support.things import THINGS
from tests.support.things import add_things

CHANGING = {"date", "x-request-id"}


@pytest.mark.parametrize(
    "path", ["/health/live", "/openapi.json", "/docs", "/", THINGS, f"{THINGS}?limit=0", "/nothing"]
)
async def test_the_headers_are_those_of_get(
    app: FastAPI, anonymous: AsyncClient, path: str
) -> None:
    add_things(app)
    get, head = await anonymous.get(path), await anonymous.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    kept = {name: text for name, text in get.headers.items() if name not in CHANGING}
    assert {name: text for name, text in head.headers.items() if name not in CHANGING} == kept
    assert get.content or get.is_redirect


async def test_a_path_without_get_has_no_head(app: FastAPI, anonymous: AsyncClient) -> None:
    app.post("/things")(lambda: None)
    response = await anonymous.head("/things")
    assert (response.status_code, response.content) == (405, b"")
    assert response.headers["Allow"] == "POST"


async def test_a_stream_has_no_body_either(app: FastAPI, anonymous: AsyncClient) -> None:
    async def numbers() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"1"

    app.get("/numbers")(lambda: StreamingResponse(numbers()))
    response = await anonymous.head("/numbers")
    assert (response.status_code, response.content) == (200, b"")
