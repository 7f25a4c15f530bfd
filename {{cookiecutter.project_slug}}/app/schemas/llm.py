"""Conversations with language models on the wire.

Bounds that stand here hold for everybody; those of the settings are checked by the service.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.config.llm import MODEL_LENGTH
from app.schemas.base import STORABLE
from app.schemas.base import RequestModel
from app.schemas.base import ResponseModel
from app.schemas.base import example

MOST_MESSAGES = 1000
MOST_CHARACTERS = 1_000_000
MOST_TOKENS = 1_000_000


class ChatRole(StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class FinishReason(StrEnum):
    """Why an answer ended: it was complete, or it reached ``max_tokens``."""

    STOP = "stop"
    LENGTH = "length"


class ChatMessage(RequestModel):
    """One message of a conversation."""

    role: ChatRole
    content: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS), STORABLE]


class ChatRequest(RequestModel):
    """A conversation that waits for its next message."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=MOST_MESSAGES)]
    """All of it, the oldest message first: nothing is remembered between requests."""
    model: Annotated[str, Field(max_length=MODEL_LENGTH), STORABLE] | None = None
    """One of `GET /ai/llm/models`; by default the `default` there."""
    temperature: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] | None = None
    """How freely words are chosen: 0 takes the likeliest. By default the server decides."""
    max_tokens: Annotated[int, Field(ge=1, le=MOST_TOKENS)] | None = None
    """How long the answer may be; a token is about three quarters of a word. By default as long
    as `GET /ai/llm/models` allows."""

    model_config = example({"messages": [{"role": "user", "content": "Hello"}]})


class ChatReply(ResponseModel):
    """The message that was asked for."""

    role: ChatRole
    content: str


class TokenUsage(ResponseModel):
    """What an answer has cost."""

    prompt_tokens: int
    """Of what was sent: the whole conversation."""
    completion_tokens: int
    """Of the answer."""
    total_tokens: int


class ChatAnswer(ResponseModel):
    """A whole answer."""

    id: UUID
    message: ChatReply
    model: str
    finish_reason: FinishReason
    usage: TokenUsage


class ChatStart(ResponseModel):
    """The first event of a stream."""

    id: UUID
    model: str


class ChatDelta(ResponseModel):
    """The next piece of the text."""

    text: str


class ChatDone(ResponseModel):
    """The last event of a stream that went well."""

    finish_reason: FinishReason
    usage: TokenUsage


class ModelList(ResponseModel):
    """The models that may be asked for, and the bounds of a request."""

    models: list[str]
    default: str
    """The one that answers when a request names none."""
    max_messages: int
    max_characters: int
    """Of all messages together."""
    max_tokens: int
    """Of an answer."""
    max_temperature: float


class CallSums(TokenUsage):
    """What several calls have cost together."""

    calls: int


class UsageRead(ResponseModel):
    """What you have used in days and months of UTC, and what is left of today's tokens."""

    today: CallSums
    this_month: CallSums
    tokens_per_day: int
    tokens_left_today: int
    resets_at: datetime
