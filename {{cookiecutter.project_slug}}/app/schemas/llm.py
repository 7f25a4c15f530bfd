"""Request and response schemas of language models.

The limits here are fixed. The service validates the limits of the settings.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from typing import Any
from uuid import UUID

from pydantic import Field

from app.core.config.llm import MAX_MODEL_NAME_LENGTH
from app.kit.schemas import STORABLE
from app.kit.schemas import RequestModel
from app.kit.schemas import ResponseModel
from app.kit.schemas import example

MAX_MESSAGES = 1000
MAX_CHARACTERS = 1_000_000
MAX_TOKENS = 1_000_000


class ChatRole(StrEnum):
    """The author of a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class FinishReason(StrEnum):
    """Why a response ended: it was complete, or it reached ``max_tokens``."""

    STOP = "stop"
    LENGTH = "length"


class ChatMessage(RequestModel):
    """One message of a conversation."""

    role: ChatRole
    content: Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS), STORABLE]


class ChatRequest(RequestModel):
    """A conversation to continue."""

    messages: list[ChatMessage] = Field(
        min_length=1,
        max_length=MAX_MESSAGES,
        description="The whole conversation, oldest message first. The server stores none.",
    )
    model: Annotated[str, Field(max_length=MAX_MODEL_NAME_LENGTH), STORABLE] | None = Field(
        default=None, description="A model of `GET /ai/llm/models`. Default: its `default`."
    )
    temperature: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] | None = Field(
        default=None, description="Randomness, 0 for the least. The default is set on the server."
    )
    max_tokens: Annotated[int, Field(ge=1, le=MAX_TOKENS)] | None = Field(
        default=None,
        description="Maximum length of the response; a token is about three quarters of a word. "
        "Default: the `max_tokens` of `GET /ai/llm/models`.",
    )

    model_config = example({"messages": [{"role": "user", "content": "Hello"}]})


class AssistantMessage(ResponseModel):
    """The message that the model generated."""

    role: ChatRole
    content: str


class CompletionUsage(ResponseModel):
    """Tokens that were used."""

    prompt_tokens: int = Field(description="Tokens of the whole conversation that was sent.")
    completion_tokens: int = Field(description="Tokens of the response.")
    total_tokens: int


class ChatResponse(ResponseModel):
    """A complete response."""

    id: UUID
    message: AssistantMessage
    model: str
    finish_reason: FinishReason
    usage: CompletionUsage


class ChatEventType(StrEnum):
    """The type of an event in a stream. It is also the name of the event."""

    START = "start"
    DELTA = "delta"
    DONE = "done"
    ERROR = "error"


def _optional(description: str | None = None) -> Any:
    """Return the default of a field that only some events have."""
    return Field(default=None, exclude_if=lambda value: value is None, description=description)


class ChatEvent(ResponseModel):
    """One event of a stream. Its `type` determines which of the other fields are present.

    This is one flat model instead of a union: client generators produce code that does not compile
    for the union.
    """

    type: ChatEventType
    id: UUID | None = _optional("Id of the call, in `start`.")
    model: str | None = _optional("The model that responds, in `start`.")
    text: str | None = _optional("The next piece of the text, in `delta`.")
    finish_reason: FinishReason | None = _optional("In `done`.")
    usage: CompletionUsage | None = _optional("In `done`.")
    title: str | None = _optional("Name of the status, in `error`; see `Problem`.")
    status: int | None = _optional()
    detail: str | None = _optional("Description of the error for people.")
    code: str | None = _optional("Code of the error for programs.")
    request_id: str | None = _optional()


class ModelList(ResponseModel):
    """The allowed models, and the limits of a request."""

    models: list[str]
    default: str = Field(description="The model of a request that does not name one.")
    max_messages: int
    max_characters: int = Field(description="Of all messages together.")
    max_tokens: int = Field(description="Of a response.")
    max_temperature: float


class UsageTotals(CompletionUsage):
    """Tokens of several calls."""

    calls: int


# %if jwt
class UsageReportRow(ResponseModel):
    """Usage of one model by one user."""

    user_id: UUID
    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class UsageReport(ResponseModel):
    """Usage of all users since a point in time, the most tokens first."""

    since: datetime
    totals: list[UsageReportRow]


# %endif
class UsageRead(ResponseModel):
    """Your usage of this day and month in UTC, and the tokens that are left today."""

    today: UsageTotals
    this_month: UsageTotals
    tokens_per_day: int
    tokens_left_today: int
    resets_at: datetime
