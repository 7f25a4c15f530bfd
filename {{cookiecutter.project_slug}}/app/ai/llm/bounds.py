"""What the settings allow in one request; each refusal says which bound it was."""

from app.ai.llm.port import Question
from app.ai.llm.port import Turn
from app.core.config.llm import LlmSettings
from app.core.exceptions import InvalidInput
from app.schemas.llm import ChatMessage
from app.schemas.llm import ChatRequest
from app.schemas.llm import ChatRole


def question_of(data: ChatRequest, settings: LlmSettings) -> Question:
    """The question that a request asks, with the defaults of the settings.

    Raises:
        InvalidInput: something is out of bounds.
    """
    _check_size(data.messages, settings)
    turns = [Turn(message.role, message.content) for message in data.messages]
    if settings.llm_system_prompt:
        turns.insert(0, Turn(ChatRole.SYSTEM, settings.llm_system_prompt))
    return Question(
        model=_model(data, settings),
        turns=tuple(turns),
        max_tokens=_max_tokens(data, settings),
        temperature=_temperature(data, settings),
    )


def _check_size(messages: list[ChatMessage], settings: LlmSettings) -> None:
    most = settings.llm_max_messages
    if len(messages) > most:
        detail = f"A conversation must not have more than {most} messages."
        raise InvalidInput("messages", detail, code="too_many_messages")
    longest = settings.llm_max_characters
    if sum(len(message.content) for message in messages) > longest:
        detail = f"A conversation must not have more than {longest} characters."
        raise InvalidInput("messages", detail, code="too_many_characters")


def _model(data: ChatRequest, settings: LlmSettings) -> str:
    if data.model is None:
        return settings.llm_default_model
    if data.model not in settings.llm_models:
        detail = f"The model must be one of: {', '.join(settings.llm_models)}."
        raise InvalidInput("model", detail, code="unknown_model")
    return data.model


def _max_tokens(data: ChatRequest, settings: LlmSettings) -> int:
    most = settings.llm_max_tokens
    if data.max_tokens is not None and data.max_tokens > most:
        detail = f"An answer must not have more than {most} tokens."
        raise InvalidInput("max_tokens", detail, code="too_many_tokens")
    return data.max_tokens or most


def _temperature(data: ChatRequest, settings: LlmSettings) -> float | None:
    if data.temperature is None:
        return settings.llm_temperature
    highest = settings.llm_max_temperature
    if data.temperature > highest:
        detail = f"The temperature must not be above {highest:g}."
        raise InvalidInput("temperature", detail, code="temperature_too_high")
    return data.temperature
