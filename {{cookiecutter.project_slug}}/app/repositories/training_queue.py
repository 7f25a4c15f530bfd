"""The training queue: admission, leases, results.

A claim is one conditional UPDATE, so that of several processes exactly one succeeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy import CursorResult
from sqlalchemy import Select
from sqlalchemy import and_
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.core.access_scope import AccessScope
from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.models.statistical_model import TrainingTurn
from app.repositories.owned import OwnedRepository

TURN_ROW = UUID(int=1)


@dataclass(frozen=True, slots=True)
class OwnerCounts:
    """An owner's queued trainings, models, and stored bytes."""

    queued: int
    models: int
    size_bytes: int


class TrainingQueue(OwnedRepository[StatisticalModel]):
    """Queries for queued and running trainings.

    Take ``lock`` before changing rows of models, or two transactions may deadlock. Counts are exact
    while it is held.
    """

    model = StatisticalModel

    async def lock(self) -> int:
        """Lock the queue until this transaction ends, and return the latest turn."""
        turn = await self._select_turn_for_update()
        if turn is None:
            await self._insert_turn()
            turn = await self._select_turn_for_update()
        assert turn is not None
        return turn

    async def count_queued(self) -> int:
        """Return the number of queued trainings of all owners."""
        count = select(func.count()).where(StatisticalModel.status == Status.QUEUED)
        return (await self.session.scalar(count)) or 0

    async def count_with_new_version(
        self, scope: AccessScope, name: str, versions_kept: int
    ) -> OwnerCounts:
        """Return what the owner has if another version of this name is trained.

        Of each name, ``versions_kept`` models and as many failed ones are kept.
        """
        columns = (StatisticalModel.name, StatisticalModel.status)
        sums = (func.count(), func.sum(StatisticalModel.size_bytes))
        groups = self.select_scoped(scope).with_only_columns(*columns, *sums).group_by(*columns)
        queued = size_bytes = 0
        models = {(name, False): 1}
        for group_name, status, count, stored in await self.session.execute(groups):
            queued += count if status == Status.QUEUED else 0
            size_bytes += int(stored)
            key = (group_name, status == Status.FAILED)
            models[key] = models.get(key, 0) + count
        kept = sum(min(count, versions_kept) for count in models.values())
        return OwnerCounts(queued, kept, size_bytes)

    async def next_version(self, scope: AccessScope, name: str) -> int:
        """Return the version after the latest of this name; 1 for a new name."""
        versions = self.select_scoped(scope).where(StatisticalModel.name == name)
        latest = versions.with_only_columns(func.max(StatisticalModel.version))
        return ((await self.session.scalar(latest)) or 0) + 1

    async def next_turn(self, scope: AccessScope, latest: int) -> int:
        """Return the turn of the owner's next training: the one after their last.

        An owner who skipped turns goes first, but with one training only.
        """
        owners_last = self.select_scoped(scope).with_only_columns(func.max(StatisticalModel.turn))
        last: int | None = await self.session.scalar(owners_last)
        first = latest - 1
        return first if last is None else max(first, last + 1)

    async def next_queued(self) -> UUID | None:
        """Return the oldest training of the lowest turn."""
        queued = select(StatisticalModel.id).where(StatisticalModel.status == Status.QUEUED)
        order = (StatisticalModel.turn, StatisticalModel.id)
        return await self.session.scalar(queued.order_by(*order).limit(1))

    async def claim(self, model_id: UUID, lease_id: UUID, lease_expires_at: datetime) -> bool:
        """Start a queued training; return whether this process got it."""
        turn = select(StatisticalModel.turn).where(StatisticalModel.id == model_id)
        await self._advance_turn((await self.session.scalar(turn)) or 0)
        return await self._update(
            StatisticalModel.id == model_id,
            StatisticalModel.status == Status.QUEUED,
            status=Status.RUNNING,
            lease_id=lease_id,
            lease_expires_at=lease_expires_at,
            attempts=StatisticalModel.attempts + 1,
            progress=0,
        )

    async def heartbeat(self, lease_id: UUID, lease_expires_at: datetime, progress: int) -> bool:
        """Renew a lease and store the progress; return False if the lease is lost."""
        return await self._update_leased(
            lease_id, lease_expires_at=lease_expires_at, progress=progress
        )

    async def finish(self, lease_id: UUID, **values: Any) -> bool:
        """Store the result of a training; return False if the lease is lost."""
        return await self._update_leased(lease_id, lease_expires_at=None, **values)

    async def release(self, lease_id: UUID) -> bool:
        """Queue a training again without counting this attempt."""
        return await self.finish(
            lease_id, status=Status.QUEUED, progress=0, attempts=StatisticalModel.attempts - 1
        )

    async def list_expired(self, now: datetime) -> Sequence[StatisticalModel]:
        """Return the running trainings whose lease has expired."""
        running = select(StatisticalModel).where(StatisticalModel.status == Status.RUNNING)
        return (await self.session.scalars(running.where(_is_expired(now)))).all()

    async def recover(self, expired: StatisticalModel, now: datetime, **values: Any) -> bool:
        """Update an expired training, unless its process has renewed the lease meanwhile."""
        assert expired.lease_id is not None
        return await self._update(
            StatisticalModel.lease_id == expired.lease_id,
            StatisticalModel.status == Status.RUNNING,
            _is_expired(now),
            lease_expires_at=None,
            **values,
        )

    async def stored_bytes(self, model: StatisticalModel) -> int:
        """Return the size of all models and tables of this model's owner."""
        total = select(func.sum(StatisticalModel.size_bytes))
        total = total.where(StatisticalModel.owner_id == model.owner_id)  # %if jwt
        return int((await self.session.scalar(total)) or 0)

    async def superseded(self, model: StatisticalModel, kept: int) -> Sequence[StatisticalModel]:
        """Return the finished versions of the same name that are no longer kept.

        These are all that are older than the ``kept`` latest ready ones, and likewise of the failed
        ones.
        """
        versions = select(StatisticalModel).where(StatisticalModel.name == model.name)
        versions = versions.where(StatisticalModel.owner_id == model.owner_id)  # %if jwt
        ready = await self._oldest_kept(versions, Status.READY, kept)
        failed = max(ready, await self._oldest_kept(versions, Status.FAILED, kept))
        older = or_(_is_older(Status.READY, ready), _is_older(Status.FAILED, failed))
        return (await self.session.scalars(versions.where(older))).all()

    async def _oldest_kept(self, versions: Select[Any], status: Status, kept: int) -> int:
        """Return the oldest version to keep; 0 while there are fewer than ``kept``."""
        numbers = versions.where(StatisticalModel.status == status)
        numbers = numbers.with_only_columns(StatisticalModel.version)
        newest_first = numbers.order_by(StatisticalModel.version.desc())
        return await self.session.scalar(newest_first.offset(kept - 1).limit(1)) or 0

    async def _update_leased(self, lease_id: UUID, **values: Any) -> bool:
        return await self._update(
            StatisticalModel.lease_id == lease_id,
            StatisticalModel.status == Status.RUNNING,
            **values,
        )

    async def _update(self, *conditions: Any, **values: Any) -> bool:
        statement = update(StatisticalModel).where(*conditions).values(**values)
        result = await self.session.execute(
            statement, execution_options={"synchronize_session": False}
        )
        assert isinstance(result, CursorResult)
        return result.rowcount == 1

    async def _select_turn_for_update(self) -> int | None:
        row = select(TrainingTurn.turn).where(TrainingTurn.id == TURN_ROW)
        return await self.session.scalar(row.with_for_update())

    async def _insert_turn(self) -> None:
        try:
            async with self.session.begin_nested():
                self.session.add(TrainingTurn(id=TURN_ROW))
        except IntegrityError:  # another process has inserted it
            return

    async def _advance_turn(self, turn: int) -> None:
        row = update(TrainingTurn).where(TrainingTurn.id == TURN_ROW, TrainingTurn.turn < turn)
        await self.session.execute(row.values(turn=turn))


def _is_older(status: Status, version: int) -> ColumnElement[bool]:
    return and_(StatisticalModel.status == status, StatisticalModel.version < version)


def _is_expired(now: datetime) -> Any:
    return StatisticalModel.lease_expires_at < now
