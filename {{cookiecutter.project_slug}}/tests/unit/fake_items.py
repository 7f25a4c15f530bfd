"""A repository that keeps items in memory.

It derives from the real one, so that the type checker holds it to the same signatures.
"""

from collections.abc import Iterable
from uuid import UUID

from app.core.access_scope import AccessScope
from app.kit.pagination import Page
from app.kit.pagination import PageRequest
from app.models.item import Item
from app.repositories.items import ItemRepository
from app.utils.clock import utc_now
from app.utils.ids import new_id
from tests.unit.fakes import NO_DATABASE


class FakeItems(ItemRepository):
    """Items in memory."""

    def __init__(self, rows: Iterable[Item] = ()) -> None:
        super().__init__(NO_DATABASE)
        self.rows = {row.id: row for row in rows}
        self.asked: list[tuple[AccessScope, PageRequest, str | None]] = []

    async def get(self, row_id: UUID, *, lock: bool = False) -> Item | None:
        """The row with this id."""
        return self.rows.get(row_id)

    async def get_scoped(
        self, scope: AccessScope, row_id: UUID, *, lock: bool = False
    ) -> Item | None:
        """The row with this id, if it is within the scope."""
        # %if jwt
        row = self.rows.get(row_id)
        if row is not None and not scope.unrestricted and row.owner_id != scope.user_id:
            return None
        # %endif
        return self.rows.get(row_id)

    async def add_unless_stored(self, scope: AccessScope, row: Item) -> Item | None:
        """Keep a new row, or return the one that has its id."""
        if stored := self.rows.get(row.id):
            return stored
        await self.add_owned(scope, row)
        return None

    async def add_owned(self, scope: AccessScope, row: Item) -> Item:
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

    async def search(self, scope: AccessScope, page: PageRequest, title: str | None) -> Page[Item]:
        """All rows, and a note of what was asked for."""
        self.asked.append((scope, page, title))
        return Page(items=list(self.rows.values()), next_cursor=None)
