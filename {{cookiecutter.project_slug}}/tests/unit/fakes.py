"""Repositories that keep their rows in memory.

They derive from the real ones, so that the type checker holds them to the same signatures.
"""

from collections.abc import Iterable
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.scope import Scope
from app.models.item import Item
from app.repositories.items import ItemRepository
from app.utils.clock import utc_now
from app.utils.ids import new_id
from app.utils.pages import Page
from app.utils.pages import PageRequest

NO_DATABASE = cast("AsyncSession", None)


class FakeItems(ItemRepository):
    """Items in memory."""

    def __init__(self, rows: Iterable[Item] = ()) -> None:
        super().__init__(NO_DATABASE)
        self.rows = {row.id: row for row in rows}
        self.asked: list[tuple[Scope, PageRequest, str | None]] = []

    async def get(self, row_id: UUID, *, lock: bool = False) -> Item | None:
        """The row with this id."""
        return self.rows.get(row_id)

    async def get_visible(self, scope: Scope, row_id: UUID, *, lock: bool = False) -> Item | None:
        """The row with this id, if it is within the scope."""
        # %if jwt
        row = self.rows.get(row_id)
        if row is not None and not scope.sees_all and row.owner_id != scope.user_id:
            return None
        # %endif
        return self.rows.get(row_id)

    async def add_owned(self, scope: Scope, row: Item) -> Item:
        """Keep a new row."""
        row.owner_id = scope.user_id  # %if jwt
        row.id = row.id or new_id()
        row.created_at = row.updated_at = utc_now()
        self.rows[row.id] = row
        return row

    async def flush(self) -> None:
        """Nothing to send anywhere."""

    async def delete(self, row: Item) -> None:
        """Forget a row."""
        del self.rows[row.id]

    async def search(self, scope: Scope, page: PageRequest, title: str | None) -> Page[Item]:
        """All rows, and a note of what was asked for."""
        self.asked.append((scope, page, title))
        return Page(items=list(self.rows.values()), next_cursor=None)
