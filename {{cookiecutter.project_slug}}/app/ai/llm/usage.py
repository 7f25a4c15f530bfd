"""Measures and records the tokens of each call, and enforces the daily quotas.

Before a call, its maximum is reserved; afterwards, the actual usage replaces the reservation. No
database connection is held during the call. A reservation is committed before the day's tokens are
summed up, so concurrent calls see each other's reservations: the quota can only be exceeded by the
error of the prompt estimate. If only one of two concurrent calls still fits, both may be rejected.
The reservation of a process that crashed counts until the call would have timed out.
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from app.ai.llm.errors import PROVIDER_ERRORS
from app.ai.llm.errors import QuotaExceeded
from app.ai.llm.errors import TotalQuotaExceeded
from app.ai.llm.port import ChatCompletionRequest
from app.ai.llm.port import Chunk
from app.ai.llm.port import Completed
from app.ai.llm.port import TokenUsage
from app.ai.llm.port import estimate_tokens
from app.core.access_scope import AccessScope
from app.core.config.llm import LlmSettings
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.exceptions import DomainError
from app.kit.tasks import run_to_completion
from app.models.llm_call import CANCELLED
from app.models.llm_call import DONE
from app.models.llm_call import FAILED
from app.models.llm_call import RUNNING
from app.models.llm_call import LlmCall
from app.repositories.llm_calls import CallTotals
from app.repositories.llm_calls import LlmCallRepository
from app.utils.clock import start_of_day
from app.utils.clock import utc_now
from app.utils.ids import new_id

REASONING_TOKENS_PER_SECOND = 100
"""What fast models produce; servers report reasoning tokens only at the end."""

RECORD_TIMEOUT_SECONDS = 10

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Requester:
    """Who sends a request, and the quota that it counts against."""

    quota_key: str
    scope: AccessScope


class UsageMeter:
    """Measures one call. It estimates the tokens until the server reports them."""

    def __init__(
        self, request: ChatCompletionRequest, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.call_id = new_id()
        self.outcome = CANCELLED
        self._request = request
        self._clock = clock
        self._sent_at: float | None = None
        self._seconds_to_first_chunk: float | None = None
        self._texts: list[str] = []
        self._reported: TokenUsage | None = None

    @property
    def was_sent(self) -> bool:
        return self._sent_at is not None

    @property
    def duration_ms(self) -> int:
        """Milliseconds since the request was sent."""
        return round(self._seconds * 1000)

    @property
    def usage(self) -> TokenUsage:
        """The tokens so far.

        A response that breaks off includes an estimate of the reasoning tokens: the provider
        charges for them, although nobody has seen them.
        """
        if self._reported is not None:
            return self._reported
        failure = PROVIDER_ERRORS.get(self.outcome)
        broke_off = self.outcome == CANCELLED or (failure is not None and failure.charged)
        if not (self._texts or broke_off or self.outcome == DONE):
            return TokenUsage(0, 0)
        completion = estimate_tokens("".join(self._texts))
        if broke_off:
            completion = min(completion + self._reasoning_tokens, self._request.max_tokens)
        return TokenUsage(self._request.estimated_prompt_tokens, completion)

    def start(self) -> None:
        """Start the clock: the request is sent now."""
        self._sent_at = self._clock()

    def count(self, chunk: Chunk) -> None:
        if self._seconds_to_first_chunk is None:
            self._seconds_to_first_chunk = self._seconds
        if isinstance(chunk, Completed):
            self.outcome = DONE
            self._reported = chunk.usage
        else:
            self._texts.append(chunk.text)

    @property
    def _seconds(self) -> float:
        return 0 if self._sent_at is None else self._clock() - self._sent_at

    @property
    def _reasoning_tokens(self) -> int:
        seconds = self._seconds_to_first_chunk
        return int((self._seconds if seconds is None else seconds) * REASONING_TOKENS_PER_SECOND)


class UsageTracker:
    """Reserves and records the calls of one process. A day is a day in UTC."""

    def __init__(self, uow: UnitOfWork[LlmCallRepository], settings: LlmSettings) -> None:
        self._uow = uow
        self._timeout = timedelta(seconds=settings.llm_timeout_seconds)
        self.tokens_per_day = settings.llm_tokens_per_day
        self.tokens_per_day_total = settings.llm_tokens_per_day_total
        self._total_exceeded_on: datetime | None = None

    @property
    def is_total_exceeded(self) -> bool:
        """Whether a call was rejected today because of the total quota."""
        return self._total_exceeded_on == start_of_day(utc_now())

    @asynccontextmanager
    async def record(
        self, requester: Requester, request: ChatCompletionRequest
    ) -> AsyncIterator[UsageMeter]:
        """Reserve the maximum of a call, and record its actual usage at the end.

        Both run to completion even if the request is cancelled. A call that was not sent to the
        model is deleted.

        Raises:
            QuotaExceeded: the maximum exceeds what is left of the user's quota.
            TotalQuotaExceeded: the maximum exceeds what is left of the total quota.
        """
        meter = UsageMeter(request)
        call = LlmCall(
            id=meter.call_id,
            quota_key=requester.quota_key,
            model=request.model,
            prompt_tokens=request.estimated_prompt_tokens,
            completion_tokens=request.max_tokens,
            duration_ms=0,
            outcome=RUNNING,
        )
        try:
            await run_to_completion(self._reserve(requester, call))
            yield meter
        except DomainError as error:
            meter.outcome = error.code
            raise
        except Exception:
            meter.outcome = FAILED
            raise
        finally:
            await run_to_completion(self._record(call, meter))

    async def totals(self, requester: Requester, now: datetime) -> tuple[CallTotals, CallTotals]:
        """Return the user's totals of today and of this month."""
        today = start_of_day(now)
        async with self._uow.read() as calls:
            return await calls.totals(
                requester.quota_key,
                requester.scope,
                month=today.replace(day=1),
                day=today,
                stale_before=now - self._timeout,
            )

    async def _reserve(self, requester: Requester, call: LlmCall) -> None:
        now = utc_now()
        today = start_of_day(now)
        async with self._uow.write() as calls:
            await calls.add_owned(requester.scope, call)
        async with self._uow.read() as calls:
            own, total = await calls.count_tokens(
                requester.quota_key, requester.scope, today, stale_before=now - self._timeout
            )
        seconds_left = math.ceil((today + timedelta(days=1) - now).total_seconds())
        if own > self.tokens_per_day:
            detail = f"This request could exceed your quota of {self.tokens_per_day} tokens a day."
            raise QuotaExceeded(seconds_left, detail)
        if total > self.tokens_per_day_total:
            self._log_total_exceeded(today)
            raise TotalQuotaExceeded(
                "This server has used up its tokens for today.", retry_after=seconds_left
            )

    def _log_total_exceeded(self, today: datetime) -> None:
        if self._total_exceeded_on != today:
            self._total_exceeded_on = today
            logger.error(
                "LLM_TOKENS_PER_DAY_TOTAL (%s) is reached: chats are rejected until midnight UTC",
                self.tokens_per_day_total,
            )

    async def _record(self, call: LlmCall, meter: UsageMeter) -> None:
        try:
            async with asyncio.timeout(RECORD_TIMEOUT_SECONDS), self._uow.write() as calls:
                if meter.was_sent:
                    await calls.record_usage(
                        call.id,
                        prompt_tokens=meter.usage.prompt_tokens,
                        completion_tokens=meter.usage.completion_tokens,
                        duration_ms=meter.duration_ms,
                        outcome=meter.outcome,
                    )
                else:
                    await calls.delete_by_id(call.id)
        except Exception:  # the client gets its response even if the usage cannot be recorded
            logger.exception("the usage of call %s could not be recorded", call.id)
