"""Text that no database can store is refused, in every field, and not echoed."""

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.support.apps import StartApp
from tests.support.problems import refused_fields
from tests.support.things import THINGS
from tests.support.things import add_things

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def app(start_app: StartApp) -> FastAPI:
    """An application with paths of the tests' own."""
    return add_things(await start_app())


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b", "\\udfff"])
@pytest.mark.parametrize("field", ["title", "description"])
async def test_no_field_takes_it(anonymous: AsyncClient, text: str, field: str) -> None:
    fields = {"title": '"Tea"', field: f'"{text}"'}
    body = "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"
    assert refused_fields(await anonymous.post(THINGS, content=body, headers=JSON)) == [field]


async def test_a_field_may_even_be_named_so(anonymous: AsyncClient) -> None:
    body = '{"title": "Tea", "\\ud800": 1}'
    response = await anonymous.post(THINGS, content=body, headers=JSON)
    assert refused_fields(response) == ["body"]
