"""Queries for statistical models; those of the queue are in ``training_queue.py``."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.core.access_scope import AccessScope
from app.kit.pagination import Page
from app.kit.pagination import PageRequest
from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.repositories.owned import OwnedRepository

NEWEST_FIRST = "-created_at"


class StatisticalModelRepository(OwnedRepository[StatisticalModel]):
    """Reads models within an access scope."""

    model = StatisticalModel

    async def search(
        self, scope: AccessScope, page: PageRequest, name: str | None
    ) -> Page[StatisticalModel]:
        """Return one page of models, or of the versions of ``name``."""
        statement = self.select_scoped(scope)
        if name is not None:
            statement = statement.where(StatisticalModel.name == name)
        return await self.paginate(statement, page)

    # %if jwt
    async def list_ids(self, owner_id: UUID) -> Sequence[UUID]:
        """Return the ids of a user's models."""
        ids = select(StatisticalModel.id).where(StatisticalModel.owner_id == owner_id)
        return (await self.session.scalars(ids)).all()

    # %endif
    async def get_many(self, ids: Sequence[UUID]) -> Sequence[StatisticalModel]:
        """Return the models with these ids, of any owner; skip those that do not exist."""
        models = select(StatisticalModel).where(StatisticalModel.id.in_(ids))
        return (await self.session.scalars(models)).all()

    async def get_with_result(self, scope: AccessScope, model_id: UUID) -> StatisticalModel | None:
        """Return the model with this id and its result if it is within the scope."""
        statement = self.select_scoped(scope).where(StatisticalModel.id == model_id)
        statement = statement.options(undefer(StatisticalModel.result))
        return (await self.session.scalars(statement)).one_or_none()

    async def get_latest_ready(self, scope: AccessScope, name: str) -> StatisticalModel | None:
        """Return the latest version of this name that is ready, with its result."""
        statement = self.select_scoped(scope).where(
            StatisticalModel.name == name, StatisticalModel.status == Status.READY
        )
        newest = StatisticalModel.version.desc()
        statement = statement.order_by(newest).limit(1).options(undefer(StatisticalModel.result))
        return (await self.session.scalars(statement)).one_or_none()
