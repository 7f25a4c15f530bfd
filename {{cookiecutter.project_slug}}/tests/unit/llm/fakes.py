"""A language model that does as it is told."""

from collections.abc import AsyncGenerator

from app.ai.llm.port import Delta
from app.ai.llm.port import End
from app.ai.llm.port import Part
from app.ai.llm.port import Question
from app.ai.llm.port import Spent
from app.ai.llm.port import Turn
from app.core.exceptions import DomainError
from app.schemas.llm import ChatRole
from app.schemas.llm import FinishReason

QUESTION = Question("small", (Turn(ChatRole.USER, "Hello"),), max_tokens=10)
ANSWER: list[Part] = [Delta("Hi"), End(FinishReason.STOP, Spent(1, 1))]


class FakeModel:
    """Plays one script for each attempt: parts, and errors that it raises."""

    def __init__(self, *scripts: list[Part | DomainError]) -> None:
        self.scripts = list(scripts)
        self.attempts = 0
        self.closed = False

    async def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        """The next script."""
        self.attempts += 1
        for part in self.scripts.pop(0):
            if isinstance(part, DomainError):
                raise part
            yield part

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True
