"""The base class of repositories for ``Owned`` rows; only it applies an AccessScope."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy import select

from app.core.access_scope import AccessScope
from app.kit.db.repository import Repository
from app.kit.exceptions import Conflict
from app.models.owned import Owned

M = TypeVar("M", bound=Owned)


class OwnedRepository(Repository[M]):
    """Reads and writes the rows that a scope may see."""

    def select_scoped(self, scope: AccessScope) -> Select[M]:
        """Return a query for the rows within the scope."""
        # %if jwt
        if not scope.unrestricted:
            return select(self.model).where(self.model.owner_id == scope.user_id)
        # %endif
        return select(self.model)

    async def get_scoped(self, scope: AccessScope, row_id: UUID, *, lock: bool = False) -> M | None:
        """Return the row with this id if it is within the scope; ``lock`` as in ``get``."""
        statement = self.select_scoped(scope).where(self.model.id == row_id)
        if lock:
            statement = statement.with_for_update()
        return (await self.session.scalars(statement)).one_or_none()

    async def add_owned(self, scope: AccessScope, row: M) -> M:
        row.owner_id = scope.user_id  # %if jwt
        return await self.add(row)

    async def add_unless_stored(self, scope: AccessScope, row: M) -> M | None:
        """Store a new row within the scope, or return the row that has its id, of any scope."""
        if stored := await self.get(row.id):
            return stored
        try:
            async with self.session.begin_nested():
                await self.add_owned(scope, row)
        except Conflict:
            # Another transaction has stored it, unless another constraint failed.
            if stored := await self.get(row.id):
                return stored
            raise
        return None
