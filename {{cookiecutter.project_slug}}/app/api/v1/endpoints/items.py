"""The paths of items."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query
from fastapi.responses import Response

from app.api.deps import ReadItems
from app.api.deps import WriteItems
from app.api.problems import problems
from app.models.item import Item
from app.schemas.items import ItemCreate
from app.schemas.items import ItemPage
from app.schemas.items import ItemQuery
from app.schemas.items import ItemRead
from app.schemas.items import ItemUpdate
from app.utils.pages import Page

router = APIRouter(prefix="/items", tags=["items"])


@router.get(
    "",
    response_model=ItemPage,
    responses=problems(permission_denied=403),  # %if jwt
)
async def list_items(query: Annotated[ItemQuery, Query()], items: ReadItems) -> Page[Item]:
    """One page of items."""
    return await items.list_items(query)


@router.post("", response_model=ItemRead, status_code=201, responses=problems(id_taken=409))
async def create_item(data: ItemCreate, items: WriteItems) -> Item:
    """Store a new item."""
    return await items.create(data)


@router.get("/{item_id}", response_model=ItemRead, responses=problems(not_found=404))
async def read_item(item_id: UUID, items: ReadItems) -> Item:
    """One item."""
    return await items.get(item_id)


@router.patch("/{item_id}", response_model=ItemRead, responses=problems(not_found=404))
async def update_item(item_id: UUID, data: ItemUpdate, items: WriteItems) -> Item:
    """Change what is given and leave the rest."""
    return await items.update(item_id, data)


@router.delete(
    "/{item_id}", status_code=204, response_class=Response, responses=problems(not_found=404)
)
async def delete_item(item_id: UUID, items: WriteItems) -> None:
    """Delete an item."""
    await items.delete(item_id)
