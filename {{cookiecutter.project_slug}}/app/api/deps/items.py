"""The service for items."""

from typing import Annotated

from fastapi import Depends

from app.api.deps.resources import ReadSessionDep
from app.api.deps.resources import WriteSessionDep
from app.api.deps.scope import CurrentScope
from app.repositories.items import ItemRepository
from app.services.items import ItemService


async def get_item_read_service(scope: CurrentScope, session: ReadSessionDep) -> ItemService:
    """Return the service for requests that change nothing."""
    return ItemService(ItemRepository(session), scope)


async def get_item_service(scope: CurrentScope, session: WriteSessionDep) -> ItemService:
    """Return the service for requests that change something."""
    return ItemService(ItemRepository(session), scope)


ItemReadServiceDep = Annotated[ItemService, Depends(get_item_read_service)]
ItemServiceDep = Annotated[ItemService, Depends(get_item_service)]
