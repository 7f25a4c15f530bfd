"""The book of all calls: what each may cost is reserved before, what it did cost is settled after.

Nothing here is open while a model thinks. A reservation is committed before the sum of the day is
read, so of calls that come at once none is overlooked, and together they never exceed the quota by
more than their prompts were guessed too short. Where only one of two still fits, both may be
refused. A call whose process died keeps its reservation until the day is over.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from uuid import UUID

from app.ai.llm.estimates import tokens_of_turns
from app.ai.llm.port import Question
from app.ai.llm.port import Spent
from app.core.exceptions import RateLimited
from app.core.scope import Scope
from app.models.llm_call import RUNNING
from app.models.llm_call import LlmCall
from app.repositories.llm_calls import LlmCallRepository
from app.repositories.llm_calls import Sums
from app.repositories.units import Units
from app.utils.clock import utc_now


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and whose quota it counts against."""

    payer: str
    scope: Scope


class Ledger:
    """Books calls, and refuses those that are above the quota of a day (UTC)."""

    def __init__(self, units: Units[LlmCallRepository], tokens_per_day: int) -> None:
        self._units = units
        self.tokens_per_day = tokens_per_day

    async def reserve(self, asker: Asker, question: Question) -> UUID:
        """Book the most that a call may cost; the id of the call.

        Raises:
            RateLimited: that is more than is left of the day's tokens.
        """
        now = utc_now()
        call = LlmCall(
            payer=asker.payer,
            model=question.model,
            prompt_tokens=tokens_of_turns(question.turns),
            completion_tokens=question.max_tokens,
            milliseconds=0,
            outcome=RUNNING,
        )
        async with self._units.write() as calls:
            await calls.add_owned(asker.scope, call)
        async with self._units.read() as calls:
            spent = await calls.spent_since(asker.payer, midnight(now))
        if spent > self.tokens_per_day:
            async with self._units.write() as calls:
                await calls.remove(call.id)
            left = math.ceil((midnight(now) + timedelta(days=1) - now).total_seconds())
            detail = f"This may take more than your {self.tokens_per_day} tokens of a day."
            raise RateLimited(left, detail, code="llm_quota_exceeded")
        return call.id

    async def settle(self, call_id: UUID, spent: Spent, milliseconds: int, outcome: str) -> None:
        """Book what a call did cost in place of what it might."""
        async with self._units.write() as calls:
            await calls.settle(
                call_id,
                prompt_tokens=spent.prompt_tokens,
                completion_tokens=spent.completion_tokens,
                milliseconds=milliseconds,
                outcome=outcome,
            )

    async def sums(self, payer: str, now: datetime) -> tuple[Sums, Sums]:
        """What a payer has had today, and this month."""
        today = midnight(now)
        async with self._units.read() as calls:
            return await calls.sums(payer, today.replace(day=1), today)


def midnight(moment: datetime) -> datetime:
    """The begin of the day, in UTC."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
