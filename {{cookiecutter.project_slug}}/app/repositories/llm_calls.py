"""Statements for calls of language models: booking them, and the sums of a day or a month."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy import case
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import true
from sqlalchemy import update

from app.models.llm_call import LlmCall
from app.repositories.owned import OwnedRepository


@dataclass(frozen=True, slots=True)
class Sums:
    """How many calls there were, and their tokens."""

    calls: int
    prompt_tokens: int
    completion_tokens: int

    @property
    def total_tokens(self) -> int:
        """Tokens in and out."""
        return self.prompt_tokens + self.completion_tokens


class LlmCallRepository(OwnedRepository[LlmCall]):
    """Calls of language models."""

    model = LlmCall

    async def settle(
        self,
        call_id: UUID,
        *,
        prompt_tokens: int,
        completion_tokens: int,
        milliseconds: int,
        outcome: str,
    ) -> None:
        """Write down what a call has cost in the end; one that is gone stays gone."""
        await self.session.execute(
            update(LlmCall)
            .where(LlmCall.id == call_id)
            .values(
                prompt_tokens=prompt_tokens,
                completion_tokens=completion_tokens,
                milliseconds=milliseconds,
                outcome=outcome,
            )
        )

    async def remove(self, call_id: UUID) -> None:
        """Take back a call that was not made."""
        await self.session.execute(delete(LlmCall).where(LlmCall.id == call_id))

    async def spent_since(self, payer: str, start: datetime) -> int:
        """All tokens of a payer since then, those of running calls at most; reads one index."""
        tokens = func.sum(LlmCall.prompt_tokens + LlmCall.completion_tokens)
        statement = select(tokens).where(LlmCall.payer == payer, LlmCall.created_at >= start)
        return int(await self.session.scalar(statement) or 0)

    async def sums(self, payer: str, month: datetime, day: datetime) -> tuple[Sums, Sums]:
        """What a payer has had since ``day``, and since ``month`` before it: one query."""
        columns = [*_sums(LlmCall.created_at >= day), *_sums(true())]
        statement = select(*columns).where(LlmCall.payer == payer, LlmCall.created_at >= month)
        row = [int(value or 0) for value in (await self.session.execute(statement)).one()]
        return Sums(*row[:3]), Sums(*row[3:])


def _sums(wanted: ColumnElement[bool]) -> list[ColumnElement[int]]:
    """Calls, tokens in and tokens out of the rows that are wanted."""
    return [
        func.sum(case((wanted, 1), else_=0)),
        func.sum(case((wanted, LlmCall.prompt_tokens), else_=0)),
        func.sum(case((wanted, LlmCall.completion_tokens), else_=0)),
    ]
