"""Statements for statistical models as people see them; the queue is beside this file."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy import Select
from sqlalchemy import and_
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.core.scope import Scope
from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.repositories.owned import OwnedRepository
from app.utils.pages import Page
from app.utils.pages import PageRequest

NEWEST_FIRST = "-created_at"


class StatisticalModelRepository(OwnedRepository[StatisticalModel]):
    """Models, and the lists of them."""

    model = StatisticalModel

    async def search(
        self, scope: Scope, page: PageRequest, name: str | None
    ) -> Page[StatisticalModel]:
        """One page of models; with ``name``, of the versions of one."""
        statement = self.visible(scope)
        if name is not None:
            statement = statement.where(StatisticalModel.name == name)
        return await self.paginate(statement, page)

    async def with_result(self, scope: Scope, model_id: UUID) -> StatisticalModel | None:
        """The model with this id and its result, if it is within the scope."""
        statement = self.visible(scope).where(StatisticalModel.id == model_id)
        statement = statement.options(undefer(StatisticalModel.result))
        return (await self.session.scalars(statement)).one_or_none()

    async def newest_ready(self, scope: Scope, name: str) -> StatisticalModel | None:
        """The newest version of this name that can predict, with its result."""
        statement = self.visible(scope).where(
            StatisticalModel.name == name, StatisticalModel.status == Status.READY
        )
        newest = StatisticalModel.version.desc()
        statement = statement.order_by(newest).limit(1).options(undefer(StatisticalModel.result))
        return (await self.session.scalars(statement)).one_or_none()

    async def next_version(self, scope: Scope, name: str) -> int:
        """The version after the newest of this name; 1 for a new one."""
        versions = self.visible(scope).where(StatisticalModel.name == name)
        highest = versions.with_only_columns(func.max(StatisticalModel.version))
        return ((await self.session.scalar(highest)) or 0) + 1

    async def waiting(self) -> int:
        """How many trainings wait, of everybody."""
        count = select(func.count()).where(StatisticalModel.status == Status.QUEUED)
        return (await self.session.scalar(count)) or 0

    # %if jwt
    async def ids_of(self, owner_id: UUID) -> Sequence[UUID]:
        """The models of one person."""
        ids = select(StatisticalModel.id).where(StatisticalModel.owner_id == owner_id)
        return (await self.session.scalars(ids)).all()

    # %endif
    async def superseded(self, model: StatisticalModel, kept: int) -> Sequence[StatisticalModel]:
        """The finished versions of the same name that need not be kept.

        That is what is older than the ``kept`` newest that are ready, and likewise of failures.
        """
        same = select(StatisticalModel).where(StatisticalModel.name == model.name)
        same = same.where(StatisticalModel.owner_id == model.owner_id)  # %if jwt
        ready = await self._oldest_kept(same, Status.READY, kept)
        failed = max(ready, await self._oldest_kept(same, Status.FAILED, kept))
        older = or_(_is_older(Status.READY, ready), _is_older(Status.FAILED, failed))
        return (await self.session.scalars(same.where(older))).all()

    async def _oldest_kept(self, same: Select[Any], status: Status, kept: int) -> int:
        """The version with which those to keep begin; 0 while there are fewer of this status."""
        versions = same.where(StatisticalModel.status == status)
        versions = versions.with_only_columns(StatisticalModel.version)
        newest = versions.order_by(StatisticalModel.version.desc())
        return await self.session.scalar(newest.offset(kept - 1).limit(1)) or 0


def _is_older(status: Status, version: int) -> ColumnElement[bool]:
    return and_(StatisticalModel.status == status, StatisticalModel.version < version)
