"""Service for language models: chats, the list of models, and a user's own usage."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

from app.ai.llm.port import ChatCompletionRequest
from app.ai.llm.port import Message
from app.ai.llm.port import TextDelta
from app.ai.llm.runtime import LlmRuntime
from app.ai.llm.usage import Requester
from app.core.config.llm import LlmSettings
from app.kit.exceptions import InvalidInput
from app.kit.rate_limit import RateLimiter
from app.schemas.llm import AssistantMessage
from app.schemas.llm import ChatEvent
from app.schemas.llm import ChatEventType
from app.schemas.llm import ChatMessage
from app.schemas.llm import ChatRequest
from app.schemas.llm import ChatResponse
from app.schemas.llm import ChatRole
from app.schemas.llm import CompletionUsage
from app.schemas.llm import ModelList
from app.schemas.llm import UsageRead
from app.schemas.llm import UsageTotals
from app.utils.clock import start_of_day
from app.utils.clock import utc_now


class LlmService:
    """Serves one requester."""

    def __init__(
        self,
        runtime: LlmRuntime,
        limiter: RateLimiter,
        settings: LlmSettings,
        requester: Requester,
    ) -> None:
        self._runtime = runtime
        self._limiter = limiter
        self._settings = settings
        self._requester = requester

    async def stream(self, data: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
        """Yield a start event, the deltas, and a done event. Closing it early ends the call.

        Raises:
            InvalidInput: a field exceeds a limit of the settings.
            RateLimited: too many requests, tokens or concurrent chats.
            TotalQuotaExceeded: the total tokens of the day are used up.
            DomainError: after the start event, one of ``PROVIDER_ERRORS``.
        """
        quota_key = self._requester.quota_key
        request = to_completion_request(data, self._settings, quota_key)
        await self._check_rate_limit()
        async with (
            self._runtime.slots.take(quota_key),
            self._runtime.usage.record(self._requester, request) as meter,
        ):
            yield ChatEvent(type=ChatEventType.START, id=meter.call_id, model=request.model)
            meter.start()
            async with aclosing(self._runtime.model.stream(request)) as chunks:
                async for chunk in chunks:
                    meter.count(chunk)
                    if isinstance(chunk, TextDelta):
                        yield ChatEvent(type=ChatEventType.DELTA, text=chunk.text)
                    else:
                        yield ChatEvent(
                            type=ChatEventType.DONE,
                            finish_reason=chunk.finish_reason,
                            usage=CompletionUsage.model_validate(meter.usage),
                        )

    async def chat(self, data: ChatRequest) -> ChatResponse:
        """Return the complete response.

        Raises:
            DomainError: the same errors as ``stream``.
        """
        async with aclosing(self.stream(data)) as events:
            start, *deltas, done = [event async for event in events]
        content = "".join(event.text or "" for event in deltas)
        return ChatResponse.model_validate(
            {
                "id": start.id,
                "message": AssistantMessage(role=ChatRole.ASSISTANT, content=content),
                "model": start.model,
                "finish_reason": done.finish_reason,
                "usage": done.usage,
            }
        )

    def models(self) -> ModelList:
        """Return the allowed models and the limits of a request."""
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
        """Return the usage of today and this month, and the tokens that are left today."""
        now = utc_now()
        tracker = self._runtime.usage
        today, month = await tracker.totals(self._requester, now)
        return UsageRead(
            today=UsageTotals.model_validate(today),
            this_month=UsageTotals.model_validate(month),
            tokens_per_day=tracker.tokens_per_day,
            tokens_left_today=max(0, tracker.tokens_per_day - today.total_tokens),
            resets_at=start_of_day(now) + timedelta(days=1),
        )

    async def _check_rate_limit(self) -> None:
        limit = self._settings.llm_requests_per_minute
        await self._limiter.hit(
            f"{limit}/minute",
            "llm",
            self._requester.quota_key,
            detail=f"You can send {limit} chat requests a minute.",
        )


def to_completion_request(
    data: ChatRequest, settings: LlmSettings, user: str
) -> ChatCompletionRequest:
    """Validate a client's request against the settings, and fill in their defaults.

    Raises:
        InvalidInput: a field exceeds a limit of the settings.
    """
    _validate_size(data.messages, settings)
    _validate_roles(data.messages, settings)
    messages = [Message(message.role, message.content) for message in data.messages]
    if settings.llm_system_prompt:
        messages.insert(0, Message(ChatRole.SYSTEM, settings.llm_system_prompt))
    return ChatCompletionRequest(
        model=_validate_model(data, settings),
        messages=tuple(messages),
        max_tokens=_validate_max_tokens(data, settings),
        temperature=_validate_temperature(data, settings),
        user=user,
    )


def _validate_size(messages: list[ChatMessage], settings: LlmSettings) -> None:
    limit = settings.llm_max_messages
    if len(messages) > limit:
        detail = f"A conversation can have at most {limit} messages."
        raise InvalidInput("messages", detail, code="too_many_messages")
    limit = settings.llm_max_characters
    if sum(len(message.content) for message in messages) > limit:
        detail = f"A conversation can have at most {limit} characters."
        raise InvalidInput("messages", detail, code="too_many_characters")


def _validate_roles(messages: list[ChatMessage], settings: LlmSettings) -> None:
    if settings.llm_allow_system_messages:
        return
    for number, message in enumerate(messages):
        if message.role is ChatRole.SYSTEM:
            detail = "This server does not accept system messages from clients."
            code = "system_message_not_allowed"
            raise InvalidInput(f"messages.{number}.role", detail, code=code)


def _validate_model(data: ChatRequest, settings: LlmSettings) -> str:
    if data.model is None:
        return settings.llm_default_model
    if data.model not in settings.llm_models:
        detail = f"The model must be one of: {', '.join(settings.llm_models)}."
        raise InvalidInput("model", detail, code="unknown_model")
    return data.model


def _validate_max_tokens(data: ChatRequest, settings: LlmSettings) -> int:
    limit = settings.llm_max_tokens
    if data.max_tokens is not None and data.max_tokens > limit:
        detail = f"A response can have at most {limit} tokens."
        raise InvalidInput("max_tokens", detail, code="too_many_tokens")
    return data.max_tokens or limit


def _validate_temperature(data: ChatRequest, settings: LlmSettings) -> float | None:
    if data.temperature is None:
        return settings.llm_temperature
    limit = settings.llm_max_temperature
    if data.temperature > limit:
        detail = f"The temperature must not be above {limit:g}."
        raise InvalidInput("temperature", detail, code="temperature_too_high")
    return data.temperature
