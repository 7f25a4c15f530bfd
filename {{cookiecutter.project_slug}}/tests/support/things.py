"""Paths of the tests' own, for tests of what all paths have in common."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import FastAPI
from fastapi import Query
from pydantic import Field
from sqlalchemy import text

from app.api.deps.resources import ReadSessionDep
from app.api.deps.resources import WriteSessionDep
from app.kit.exceptions import NotFound
from app.kit.schemas import STORABLE
from app.kit.schemas import TRIMMED
from app.kit.schemas import RequestModel
from app.kit.schemas import ResponseModel
from app.kit.schemas import example
from app.schemas.pages import PageQuery

THINGS = "/api/v1/things"
MANY = [f"thing {number}" for number in range(200)]


class ThingCreate(RequestModel):
    """A new thing."""

    title: Annotated[str, TRIMMED, Field(min_length=1, max_length=200), STORABLE]
    description: Annotated[str, STORABLE] | None = None

    model_config = example({"title": "Tea"})


class ThingList(ResponseModel):
    """The titles of things."""

    titles: list[str]


def add_things(app: FastAPI) -> FastAPI:
    """Add the paths, which use the database and store nothing."""
    router = APIRouter(prefix=THINGS, tags=["things"])

    @router.get("")
    async def list_things(
        _query: Annotated[PageQuery, Query()], session: ReadSessionDep
    ) -> ThingList:
        """Return many of them."""
        await session.execute(text("SELECT 1"))
        return ThingList(titles=MANY)

    @router.post("", status_code=201)
    async def create_thing(data: ThingCreate, session: WriteSessionDep) -> ThingList:
        """Return the new one."""
        await session.execute(text("SELECT 1"))
        return ThingList(titles=[data.title])

    @router.patch("/{thing_id}")
    async def update_thing(thing_id: UUID, data: ThingCreate) -> ThingList:
        """Change one, of which there is none."""
        raise NotFound(f"There is no thing {thing_id} to call {data.title}.")

    app.include_router(router)
    return app
