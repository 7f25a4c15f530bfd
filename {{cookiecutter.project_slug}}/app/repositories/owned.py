"""What every repository of ``Owned`` rows can do. A Scope is applied nowhere else."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy import select

from app.core.scope import Scope
from app.models.owned import Owned
from app.repositories.base import Repository

M = TypeVar("M", bound=Owned)


class OwnedRepository(Repository[M]):
    """Reads and writes the rows that a scope may see."""

    def visible(self, scope: Scope) -> Select[M]:
        """Selects the rows within the scope."""
        # %if jwt
        if not scope.sees_all:
            return select(self.model).where(self.model.owner_id == scope.user_id)
        # %endif
        return select(self.model)

    async def get_visible(self, scope: Scope, row_id: UUID, *, lock: bool = False) -> M | None:
        """The row with this id, if it is within the scope; ``lock`` as in ``get``."""
        statement = self.visible(scope).where(self.model.id == row_id)
        if lock:
            statement = statement.with_for_update()
        return (await self.session.scalars(statement)).one_or_none()

    async def add_owned(self, scope: Scope, row: M) -> M:
        """Store a new row within the scope."""
        row.owner_id = scope.user_id  # %if jwt
        return await self.add(row)
