"""Statements for items."""

from typing import ClassVar

from app.core.scope import Scope
from app.models.item import Item
from app.repositories.owned import OwnedRepository
from app.utils.pages import Page
from app.utils.pages import PageRequest
from app.utils.text import fold


class ItemRepository(OwnedRepository[Item]):
    """Items, and the lists of them."""

    model = Item
    sort_columns: ClassVar[dict[str, str]] = {
        "created_at": "created_at",
        "updated_at": "updated_at",
        "title": "title_folded",
    }

    async def search(self, scope: Scope, page: PageRequest, title: str | None) -> Page[Item]:
        """One page of the items whose title contains ``title``, in any case, taken literally."""
        statement = self.visible(scope)
        if title:
            statement = statement.where(Item.title_folded.contains(fold(title), autoescape=True))
        return await self.paginate(statement, page)
