"""The queue of trainings: each statement is one conditional UPDATE, so that one process wins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult
from sqlalchemy import select
from sqlalchemy import update

from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.repositories.base import Repository


class TrainingQueue(Repository[StatisticalModel]):
    """What waits for a worker, and whose worker is at it."""

    model = StatisticalModel

    async def first_waiting(self) -> UUID | None:
        """The training that has waited longest."""
        waiting = select(StatisticalModel.id).where(StatisticalModel.status == Status.QUEUED)
        return await self.session.scalar(waiting.order_by(StatisticalModel.id).limit(1))

    async def expired(self, now: datetime) -> Sequence[StatisticalModel]:
        """The trainings whose process has not said for too long that it lives."""
        running = select(StatisticalModel).where(StatisticalModel.status == Status.RUNNING)
        return (await self.session.scalars(running.where(_expired(now)))).all()

    async def take(self, model_id: UUID, claim: UUID, until: datetime) -> bool:
        """Begin a training that waits; of all who try at once, one is told yes."""
        attempts = StatisticalModel.attempts + 1
        return await self._change(
            StatisticalModel.id == model_id,
            StatisticalModel.status == Status.QUEUED,
            status=Status.RUNNING,
            claim=claim,
            claimed_until=until,
            attempts=attempts,
            progress=0,
        )

    async def hold(self, claim: UUID, until: datetime, progress: int) -> bool:
        """Say that the training goes on; no when it is not ours any more."""
        return await self._ours(claim, claimed_until=until, progress=progress)

    async def finish(self, claim: UUID, **values: Any) -> bool:
        """Write down what came of a training; no when it is not ours any more."""
        return await self._ours(claim, claimed_until=None, **values)

    async def give_back(self, claim: UUID) -> bool:
        """Let somebody else do it, as if we had not tried."""
        return await self.finish(
            claim, status=Status.QUEUED, progress=0, attempts=StatisticalModel.attempts - 1
        )

    async def settle(self, lost: StatisticalModel, now: datetime, **values: Any) -> bool:
        """Change an expired training, unless its process has said meanwhile that it lives."""
        assert lost.claim is not None
        return await self._change(
            StatisticalModel.claim == lost.claim,
            StatisticalModel.status == Status.RUNNING,
            _expired(now),
            claimed_until=None,
            **values,
        )

    async def _ours(self, claim: UUID, **values: Any) -> bool:
        return await self._change(
            StatisticalModel.claim == claim,
            StatisticalModel.status == Status.RUNNING,
            **values,
        )

    async def _change(self, *conditions: Any, **values: Any) -> bool:
        statement = update(StatisticalModel).where(*conditions).values(**values)
        result = await self.session.execute(
            statement, execution_options={"synchronize_session": False}
        )
        assert isinstance(result, CursorResult)
        return result.rowcount == 1


def _expired(now: datetime) -> Any:
    return StatisticalModel.claimed_until < now
