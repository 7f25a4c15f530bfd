"""The model that needs neither a key nor a network: it repeats what it hears, and says so."""

import asyncio
from collections.abc import AsyncGenerator

from app.ai.llm.estimates import tokens_of_turns
from app.ai.llm.port import Delta
from app.ai.llm.port import End
from app.ai.llm.port import Part
from app.ai.llm.port import Question
from app.ai.llm.port import Spent
from app.schemas.llm import FinishReason

PREFIX = "This is only an echo, since no language model is set up:"
LONGEST = 200
PAUSE_SECONDS = 0.01  # so that a stream is seen to flow


class EchoModel:
    """Repeats the begin of the last message."""

    async def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        """The echo, word by word; to be simple, a word counts as a token."""
        words = f"{PREFIX} {question.turns[-1].text[:LONGEST]}".split(" ")
        said = words[: question.max_tokens]
        for number, word in enumerate(said):
            await asyncio.sleep(PAUSE_SECONDS)
            yield Delta(f" {word}" if number else word)
        whole = len(said) == len(words)
        yield End(
            FinishReason.STOP if whole else FinishReason.LENGTH,
            Spent(tokens_of_turns(question.turns), len(said)),
        )

    async def close(self) -> None:
        """Nothing is held."""
