"""The adapter that works without an API key or a network: it repeats the last message."""

import asyncio
from collections.abc import AsyncGenerator

from app.ai.llm.port import ChatCompletionRequest
from app.ai.llm.port import Chunk
from app.ai.llm.port import Completed
from app.ai.llm.port import TextDelta
from app.ai.llm.port import TokenUsage
from app.schemas.llm import FinishReason

PREFIX = "This is only an echo because no language model is configured:"
MAX_ECHO_CHARACTERS = 200
SECONDS_PER_WORD = 0.01
"""Short, but long enough to see the response stream."""


class EchoModel:
    """Repeats the beginning of the last message."""

    async def stream(self, request: ChatCompletionRequest) -> AsyncGenerator[Chunk, None]:
        """Yield the response word by word. Each word counts as one token."""
        words = f"{PREFIX} {request.messages[-1].content[:MAX_ECHO_CHARACTERS]}".split(" ")
        sent = words[: request.max_tokens]
        for number, word in enumerate(sent):
            await asyncio.sleep(SECONDS_PER_WORD)
            yield TextDelta(f" {word}" if number else word)
        is_complete = len(sent) == len(words)
        yield Completed(
            FinishReason.STOP if is_complete else FinishReason.LENGTH,
            TokenUsage(request.estimated_prompt_tokens, len(sent)),
        )

    async def close(self) -> None:
        """Do nothing: there are no connections."""
