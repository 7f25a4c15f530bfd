"""The statement for the totals of language models by user and model."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.llm_call import LlmCall


@dataclass(frozen=True, slots=True)
class Total:
    """What one user has had of one model."""

    user_id: UUID
    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class LlmTotalsRepository:
    """Reads sums over everybody's calls."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def totals(self, since: datetime, limit: int, offset: int) -> list[Total]:
        """By user and model, the largest first."""
        prompt, completion = LlmCall.prompt_tokens, LlmCall.completion_tokens
        everything = func.sum(prompt + completion)
        statement = (
            select(
                LlmCall.owner_id,
                LlmCall.model,
                func.count(),
                func.sum(prompt),
                func.sum(completion),
                everything,
            )
            .where(LlmCall.created_at >= since)
            .group_by(LlmCall.owner_id, LlmCall.model)
            .order_by(everything.desc(), LlmCall.owner_id, LlmCall.model)
            .limit(limit)
            .offset(offset)
        )
        rows = await self._session.execute(statement)
        return [Total(row[0], row[1], *map(int, row[2:])) for row in rows]
