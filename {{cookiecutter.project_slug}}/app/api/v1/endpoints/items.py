"""Endpoints for items."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query
from fastapi.responses import Response

from app.api.deps.items import ItemReadServiceDep
from app.api.deps.items import ItemServiceDep
from app.core.exceptions import PermissionDenied
from app.kit.exceptions import NotFound
from app.kit.http.problems import error_responses
from app.kit.pagination import Page
from app.models.item import Item
from app.schemas.items import ItemCreate
from app.schemas.items import ItemPage
from app.schemas.items import ItemQuery
from app.schemas.items import ItemRead
from app.schemas.items import ItemUpdate
from app.services.items import IdReused
from app.services.items import IdTaken

router = APIRouter(prefix="/items", tags=["items"])


@router.get(
    "",
    response_model=ItemPage,
    responses=error_responses(PermissionDenied),  # %if jwt
)
async def list_items(query: Annotated[ItemQuery, Query()], items: ItemReadServiceDep) -> Page[Item]:
    """Return one page of items."""
    return await items.list_items(query)


@router.post(
    "",
    response_model=ItemRead,
    status_code=201,
    responses={
        200: {"model": ItemRead, "description": "An earlier request has created it"},
        **error_responses(IdReused, IdTaken),
    },
)
async def create_item(data: ItemCreate, items: ItemServiceDep, response: Response) -> Item:
    """Create an item. With an id of your own, the request can be sent again."""
    item, is_new = await items.create(data)
    if not is_new:
        response.status_code = 200
    return item


@router.get("/{item_id}", response_model=ItemRead, responses=error_responses(NotFound))
async def read_item(item_id: UUID, items: ItemReadServiceDep) -> Item:
    """Return an item."""
    return await items.get(item_id)


@router.patch("/{item_id}", response_model=ItemRead, responses=error_responses(NotFound))
async def update_item(item_id: UUID, data: ItemUpdate, items: ItemServiceDep) -> Item:
    """Change the given fields of an item."""
    return await items.update(item_id, data)


@router.delete(
    "/{item_id}", status_code=204, response_class=Response, responses=error_responses(NotFound)
)
async def delete_item(item_id: UUID, items: ItemServiceDep) -> None:
    """Delete an item."""
    await items.delete(item_id)
