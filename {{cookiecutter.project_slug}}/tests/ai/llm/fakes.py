"""A fake language model and a fake clock."""

from collections.abc import AsyncGenerator

from app.ai.llm.port import ChatCompletionRequest
from app.ai.llm.port import Chunk
from app.ai.llm.port import Completed
from app.ai.llm.port import Message
from app.ai.llm.port import TextDelta
from app.ai.llm.port import TokenUsage
from app.kit.exceptions import DomainError
from app.schemas.llm import ChatRole
from app.schemas.llm import FinishReason

REQUEST = ChatCompletionRequest("small", (Message(ChatRole.USER, "Hello"),), max_tokens=10)
RESPONSE: list[Chunk] = [TextDelta("Hi"), Completed(FinishReason.STOP, TokenUsage(1, 1))]


class Clock:
    """A clock that tests advance."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeModel:
    """Plays one script for each attempt: it yields chunks and raises errors."""

    def __init__(self, *scripts: list[Chunk | DomainError]) -> None:
        self.scripts = list(scripts)
        self.attempts = 0
        self.closed = False

    async def stream(self, request: ChatCompletionRequest) -> AsyncGenerator[Chunk, None]:
        """Play the next script."""
        self.attempts += 1
        for chunk in self.scripts.pop(0):
            if isinstance(chunk, DomainError):
                raise chunk
            yield chunk

    async def close(self) -> None:
        """Record that it was closed."""
        self.closed = True
