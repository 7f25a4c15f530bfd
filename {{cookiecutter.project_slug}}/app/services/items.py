"""Use cases of items."""

from uuid import UUID

from app.core.exceptions import Conflict
from app.core.exceptions import NotFound
from app.core.scope import Scope
from app.models.item import Item
from app.repositories.items import ItemRepository
from app.schemas.items import ItemCreate
from app.schemas.items import ItemQuery
from app.schemas.items import ItemUpdate
from app.services.ownership import narrow  # %if jwt
from app.utils.pages import Page
from app.utils.pages import PageRequest


class ItemService:
    """What can be done with items, within the scope of whoever asks."""

    def __init__(self, items: ItemRepository, scope: Scope) -> None:
        self._items = items
        self._scope = scope

    async def list_items(self, query: ItemQuery) -> Page[Item]:
        """One page of items."""
        scope = self._scope  # %if anonymous
        scope = narrow(self._scope, query.owner_id)  # %if jwt
        page = PageRequest(limit=query.limit, sort=query.sort, cursor=query.cursor)
        return await self._items.search(scope, page, query.q)

    async def create(self, data: ItemCreate) -> Item:
        """Store a new item.

        Raises:
            Conflict: the id that the client chose is taken.
        """
        if data.id is not None and await self._items.get(data.id) is not None:
            raise Conflict("There is an item with this id.", code="id_taken")
        item = Item(**data.model_dump(exclude_none=True))
        return await self._items.add_owned(self._scope, item)

    async def get(self, item_id: UUID) -> Item:
        """The item with this id.

        Raises:
            NotFound: there is none within the scope.
        """
        return await self._get(item_id)

    async def update(self, item_id: UUID, data: ItemUpdate) -> Item:
        """Change what is given and leave the rest.

        Raises:
            NotFound: there is none within the scope.
        """
        item = await self._get(item_id, lock=True)
        for name, value in data.model_dump(exclude_unset=True).items():
            setattr(item, name, value)
        await self._items.flush()
        return item

    async def delete(self, item_id: UUID) -> None:
        """Delete an item.

        Raises:
            NotFound: there is none within the scope.
        """
        await self._items.delete(await self._get(item_id, lock=True))

    async def _get(self, item_id: UUID, *, lock: bool = False) -> Item:
        item = await self._items.get_visible(self._scope, item_id, lock=lock)
        if item is None:
            raise NotFound("There is no such item.")
        return item
