"""The service for items."""

from uuid import UUID

from app.core.access_scope import AccessScope
from app.kit.exceptions import Conflict
from app.kit.exceptions import NotFound
from app.kit.pagination import Page
from app.kit.pagination import PageRequest
from app.models.item import Item
from app.repositories.items import ItemRepository
from app.schemas.items import ItemCreate
from app.schemas.items import ItemQuery
from app.schemas.items import ItemUpdate
from app.services.ownership import restrict_to_owner


class IdTaken(Conflict):
    """The id belongs to somebody else's item."""

    code = "id_taken"
    detail = "There is an item with this id."


class IdReused(Conflict):
    """The id belongs to an item of the same owner with other content."""

    code = "id_reused"
    detail = "You already have a different item with this id."


class ItemService:
    """Reads and changes items within an access scope."""

    def __init__(self, items: ItemRepository, scope: AccessScope) -> None:
        self._items = items
        self._scope = scope

    async def list_items(self, query: ItemQuery) -> Page[Item]:
        scope = self._scope
        scope = restrict_to_owner(scope, query.owner_id)  # %if jwt
        page = PageRequest(limit=query.limit, sort=query.sort, cursor=query.cursor)
        return await self._items.search(scope, page, query.q)

    async def create(self, data: ItemCreate) -> tuple[Item, bool]:
        """Create an item; return it, and whether it is new.

        An app that lost the response sends the same id again, and gets the stored item.

        Raises:
            IdTaken: the id belongs to somebody else's item.
            IdReused: the id belongs to an item with other content.
        """
        item = Item(**data.model_dump(exclude_none=True))
        if data.id is None:
            return await self._items.add_owned(self._scope, item), True
        stored = await self._items.add_unless_stored(self._scope, item)
        if stored is None:
            return item, True
        # %if jwt
        if stored.owner_id != self._scope.user_id:
            raise IdTaken
        # %endif
        if (stored.title, stored.description) != (data.title, data.description):
            raise IdReused
        return stored, False

    async def get(self, item_id: UUID, *, lock: bool = False) -> Item:
        """Return the item with this id; ``lock`` it until the end of the transaction.

        Raises:
            NotFound: the scope has no such item.
        """
        item = await self._items.get_scoped(self._scope, item_id, lock=lock)
        if item is None:
            raise NotFound("There is no such item.")
        return item

    async def update(self, item_id: UUID, data: ItemUpdate) -> Item:
        """Change the given fields of an item."""
        item = await self.get(item_id, lock=True)
        for name, value in data.model_dump(exclude_unset=True).items():
            setattr(item, name, value)
        await self._items.flush()
        return item

    async def delete(self, item_id: UUID) -> None:
        """Delete an item."""
        await self._items.delete(await self.get(item_id, lock=True))
