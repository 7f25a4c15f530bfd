"""Queries for calls of language models: reservations, recorded usage, and totals."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy import case
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import true
from sqlalchemy import update

from app.core.access_scope import AccessScope
from app.kit.db.repository import Repository
from app.models.llm_call import RUNNING
from app.models.llm_call import LlmCall


@dataclass(frozen=True, slots=True)
class CallTotals:
    """The number of calls and the sums of their tokens."""

    calls: int
    prompt_tokens: int
    completion_tokens: int

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


class LlmCallRepository(Repository[LlmCall]):
    """Calls of language models."""

    model = LlmCall

    async def add_owned(self, scope: AccessScope, call: LlmCall) -> None:
        """Add a call. The user of the scope owns it, if there is one."""
        call.owner_id = scope.user_id  # %if jwt
        await self.add(call)

    async def record_usage(
        self,
        call_id: UUID,
        *,
        prompt_tokens: int,
        completion_tokens: int,
        duration_ms: int,
        outcome: str,
    ) -> None:
        """Replace the reservation of a call by its actual usage."""
        await self.session.execute(
            update(LlmCall)
            .where(LlmCall.id == call_id)
            .values(
                prompt_tokens=prompt_tokens,
                completion_tokens=completion_tokens,
                duration_ms=duration_ms,
                outcome=outcome,
            )
        )

    async def delete_by_id(self, call_id: UUID) -> None:
        """Delete a call that was not sent to the model."""
        await self.session.execute(delete(LlmCall).where(LlmCall.id == call_id))

    # %if jwt
    async def report(
        self, since: datetime, limit: int, offset: int
    ) -> list[tuple[UUID, str, CallTotals]]:
        """Return the totals of finished calls by user and model, the most tokens first."""
        calls, prompt_tokens, completion_tokens = _totals_where(true())
        total_tokens = prompt_tokens + completion_tokens
        key = (LlmCall.owner_id, LlmCall.model)
        statement = (
            select(*key, calls, prompt_tokens, completion_tokens)
            .where(
                LlmCall.owner_id.is_not(None),
                LlmCall.created_at >= since,
                LlmCall.outcome != RUNNING,
            )
            .group_by(*key)
            .order_by(total_tokens.desc(), *key)
            .limit(limit)
            .offset(offset)
        )
        rows = await self.session.execute(statement)
        return [
            (owner_id, model, CallTotals(*map(int, totals)))
            for owner_id, model, *totals in rows
            if owner_id
        ]

    # %endif
    async def count_tokens(
        self, quota_key: str, scope: AccessScope, since: datetime, *, stale_before: datetime
    ) -> tuple[int, int]:
        """Return the tokens of one quota, and of all quotas together.

        Running calls count with their maximum, unless they started before ``stale_before``.
        """
        tokens = func.sum(LlmCall.prompt_tokens + LlmCall.completion_tokens)
        total = select(tokens).where(LlmCall.created_at >= since, _is_counted(stale_before))
        own = total.where(_has_quota(quota_key, scope))
        statement = select(own.scalar_subquery(), total.scalar_subquery())
        row = (await self.session.execute(statement)).one()
        return int(row[0] or 0), int(row[1] or 0)

    async def totals(
        self,
        quota_key: str,
        scope: AccessScope,
        *,
        month: datetime,
        day: datetime,
        stale_before: datetime,
    ) -> tuple[CallTotals, CallTotals]:
        """Return the totals of one quota since ``day`` and since ``month``, in one query."""
        columns = [*_totals_where(LlmCall.created_at >= day), *_totals_where(true())]
        statement = select(*columns).where(
            LlmCall.created_at >= month, _is_counted(stale_before), _has_quota(quota_key, scope)
        )
        row = [int(value or 0) for value in (await self.session.execute(statement)).one()]
        return CallTotals(*row[:3]), CallTotals(*row[3:])


def _has_quota(quota_key: str, scope: AccessScope) -> ColumnElement[bool]:
    """Select the calls of one quota. A user who changes the e-mail address keeps the quota."""
    conditions = [LlmCall.quota_key == quota_key]
    conditions.append(LlmCall.owner_id == scope.user_id)  # %if jwt
    return or_(*conditions)


def _is_counted(stale_before: datetime) -> ColumnElement[bool]:
    """Select finished calls, and those that may still be running."""
    return or_(LlmCall.outcome != RUNNING, LlmCall.created_at >= stale_before)


def _totals_where(condition: ColumnElement[bool]) -> list[ColumnElement[int]]:
    """Return the columns of ``CallTotals`` for the rows that meet the condition."""
    return [
        func.sum(case((condition, 1), else_=0)),
        func.sum(case((condition, LlmCall.prompt_tokens), else_=0)),
        func.sum(case((condition, LlmCall.completion_tokens), else_=0)),
    ]
