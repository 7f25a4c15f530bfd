"""Queries for items."""

from typing import ClassVar

from app.core.access_scope import AccessScope
from app.kit.pagination import Page
from app.kit.pagination import PageRequest
from app.models.item import Item
from app.repositories.owned import OwnedRepository


class ItemRepository(OwnedRepository[Item]):
    """Reads and writes items."""

    model = Item
    sort_columns: ClassVar[dict[str, str]] = {
        "created_at": "created_at",
        "updated_at": "updated_at",
        "title": "title_folded",
    }

    async def search(self, scope: AccessScope, page: PageRequest, title: str | None) -> Page[Item]:
        """Return one page of the items whose title contains ``title``, literally, in any case."""
        statement = self.select_scoped(scope)
        if title:
            folded = title.casefold()
            statement = statement.where(Item.title_folded.contains(folded, autoescape=True))
        return await self.paginate(statement, page)
