"""Use cases of language models: asking, which models there are, and what somebody has used."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from uuid import UUID

import anyio

from app.ai.llm.bounds import question_of
from app.ai.llm.ledger import Asker
from app.ai.llm.ledger import Ledger
from app.ai.llm.ledger import midnight
from app.ai.llm.meter import Meter
from app.ai.llm.port import Delta
from app.ai.llm.port import Spent
from app.ai.llm.runtime import LlmRuntime
from app.core.config.llm import LlmSettings
from app.core.exceptions import DomainError
from app.core.rate_limit import RateLimiter
from app.models.llm_call import FAILED
from app.schemas.llm import CallSums
from app.schemas.llm import ChatAnswer
from app.schemas.llm import ChatDelta
from app.schemas.llm import ChatDone
from app.schemas.llm import ChatReply
from app.schemas.llm import ChatRequest
from app.schemas.llm import ChatRole
from app.schemas.llm import ChatStart
from app.schemas.llm import ModelList
from app.schemas.llm import TokenUsage
from app.schemas.llm import UsageRead
from app.utils.clock import utc_now

SETTLE_SECONDS = 10

ChatEvent = ChatStart | ChatDelta | ChatDone

logger = logging.getLogger(__name__)


class LlmService:
    """What one person, or one address, can do with language models."""

    def __init__(
        self,
        runtime: LlmRuntime,
        ledger: Ledger,
        limiter: RateLimiter,
        settings: LlmSettings,
        asker: Asker,
    ) -> None:
        self._runtime = runtime
        self._ledger = ledger
        self._limiter = limiter
        self._settings = settings
        self._asker = asker

    async def ask(self, data: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
        """An answer as it is made: start, deltas, done. Closing it early ends the call.

        Raises:
            InvalidInput: the request is out of bounds.
            RateLimited: there were too many requests or tokens, or every place is taken.
            DomainError: the model cannot answer; see ``faults.py``. Only after the start.
        """
        question = question_of(data, self._settings)
        await self._check_rate()
        async with self._runtime.gate.place():
            call_id = await self._ledger.reserve(self._asker, question)
            meter = Meter(question)
            try:
                yield ChatStart(id=call_id, model=question.model)
                async with aclosing(self._runtime.model.answer(question)) as parts:
                    async for part in parts:
                        meter.count(part)
                        if isinstance(part, Delta):
                            yield ChatDelta(text=part.text)
                        else:
                            yield ChatDone(
                                finish_reason=part.finish_reason, usage=_usage(meter.spent)
                            )
            except DomainError as error:
                meter.outcome = error.code
                raise
            except Exception:
                meter.outcome = FAILED
                raise
            finally:
                await self._settle(call_id, meter)

    async def chat(self, data: ChatRequest) -> ChatAnswer:
        """A whole answer.

        Raises:
            DomainError: as ``ask`` does.
        """
        async with aclosing(self.ask(data)) as events:
            start = await anext(events)
            texts = []
            async for event in events:
                if isinstance(event, ChatDelta):
                    texts.append(event.text)
                elif isinstance(event, ChatDone):
                    done = event
        assert isinstance(start, ChatStart)
        return ChatAnswer(
            id=start.id,
            message=ChatReply(role=ChatRole.ASSISTANT, content="".join(texts)),
            model=start.model,
            finish_reason=done.finish_reason,
            usage=done.usage,
        )

    def models(self) -> ModelList:
        """The models that may be asked for, and the bounds of a request."""
        settings = self._settings
        return ModelList(
            models=settings.llm_models,
            default=settings.llm_default_model,
            max_messages=settings.llm_max_messages,
            max_characters=settings.llm_max_characters,
            max_tokens=settings.llm_max_tokens,
            max_temperature=settings.llm_max_temperature,
        )

    async def usage(self) -> UsageRead:
        """What was used today and this month, and what is left of today's tokens."""
        now = utc_now()
        today, month = await self._ledger.sums(self._asker.payer, now)
        return UsageRead(
            today=CallSums.model_validate(today),
            this_month=CallSums.model_validate(month),
            tokens_per_day=self._ledger.tokens_per_day,
            tokens_left_today=max(0, self._ledger.tokens_per_day - today.total_tokens),
            resets_at=midnight(now) + timedelta(days=1),
        )

    async def _check_rate(self) -> None:
        most = self._settings.llm_requests_per_minute
        await self._limiter.hit(
            f"{most}/minute",
            "llm",
            self._asker.payer,
            detail=f"There may be {most} questions in a minute.",
        )

    async def _settle(self, call_id: UUID, meter: Meter) -> None:
        """Book the call, also when whoever asked is gone and their task is being cancelled."""
        try:
            with anyio.fail_after(SETTLE_SECONDS, shield=True):
                await self._ledger.settle(call_id, meter.spent, meter.milliseconds, meter.outcome)
        except Exception:  # the answer has been given, and outweighs its entry in the book
            logger.exception("the call %s could not be booked", call_id)


def _usage(spent: Spent) -> TokenUsage:
    return TokenUsage(
        prompt_tokens=spent.prompt_tokens,
        completion_tokens=spent.completion_tokens,
        total_tokens=spent.prompt_tokens + spent.completion_tokens,
    )
