"""The port: what is asked of a language model and what comes back. Adapters stand beside it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from app.schemas.llm import ChatRole
from app.schemas.llm import FinishReason


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: ChatRole
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A conversation that waits for its next message; ``max_tokens`` bounds the answer."""

    model: str
    turns: tuple[Turn, ...]
    max_tokens: int
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of an answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Spent:
    """How many tokens went in and came out."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class End:
    """The answer is complete; ``spent`` is None where the server does not count."""

    finish_reason: FinishReason
    spent: Spent | None


Part = Delta | End


class LanguageModel(Protocol):
    """Whoever answers."""

    def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        """The answer as it is made: any number of deltas, then exactly one end.

        Closing the iterator, or cancelling who waits for it, ends the work at once.

        Raises:
            DomainError: one of those that ``faults.py`` lists.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
