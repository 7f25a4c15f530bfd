"""The port to language models: requests, response chunks, and the protocol of an adapter."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from app.schemas.llm import ChatRole
from app.schemas.llm import FinishReason

BYTES_PER_TOKEN = 3
"""English text has about 4; a high estimate rejects a request early instead of late."""

TOKENS_PER_MESSAGE = 5
"""The tokens that mark the role and the end of a message."""


def estimate_tokens(text: str) -> int:
    """Return roughly how many tokens a text has."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: ChatRole
    content: str


@dataclass(frozen=True, slots=True)
class ChatCompletionRequest:
    """A conversation to continue with a response of at most ``max_tokens``.

    ``user`` identifies the user to the circuit breaker. Adapters must not send it.
    """

    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None = None
    user: str = ""

    @property
    def estimated_prompt_tokens(self) -> int:
        """Roughly how many tokens the messages have."""
        return sum(estimate_tokens(each.content) + TOKENS_PER_MESSAGE for each in self.messages)


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """The tokens of one call."""

    prompt_tokens: int
    completion_tokens: int

    @property
    def total_tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the response text."""

    text: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The end of a response. ``usage`` is None if the server does not report it."""

    finish_reason: FinishReason
    usage: TokenUsage | None


Chunk = TextDelta | Completed


class LanguageModel(Protocol):
    """An adapter to one kind of server."""

    def stream(self, request: ChatCompletionRequest) -> AsyncGenerator[Chunk, None]:
        """Yield any number of ``TextDelta``, then exactly one ``Completed``.

        Closing the iterator or cancelling its consumer must end the call at once.

        Raises:
            DomainError: made by ``provider_error`` in ``errors.py``.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
