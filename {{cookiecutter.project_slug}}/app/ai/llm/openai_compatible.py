"""The adapter for OpenAI and every server that speaks like it: Ollama, vLLM, LM Studio, gateways.

It always asks for a stream, also when the client waits for the whole answer: so silence is noticed,
and a client that goes away ends the work.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING
from typing import Any

from app.ai.llm.faults import fault
from app.ai.llm.port import Delta
from app.ai.llm.port import End
from app.ai.llm.port import Part
from app.ai.llm.port import Question
from app.ai.llm.port import Spent
from app.ai.llm.translation import translate
from app.core.config.llm import LlmSettings
from app.schemas.llm import FinishReason

if TYPE_CHECKING:
    from openai import AsyncOpenAI

FILTERED = "content_filter"
NO_KEY = "none"  # servers of one's own ask for no key, but the library does


class OpenAiModel:
    """Asks one server, over one client that is made when it is first needed."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._client: AsyncOpenAI | None = None
        self._making = asyncio.Lock()

    async def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        """The answer as the server makes it."""
        client = await self._shared_client()
        begun = False
        try:
            stream = await client.chat.completions.create(**self._request(question))
            begun = True
            async with stream:
                async for part in _parts(stream):
                    yield part
        except Exception as error:
            # Not chained: its text may hold what people wrote, or the key.
            raise translate(error, begun=begun) from None

    async def close(self) -> None:
        """Close the connections, if there are any."""
        if self._client is not None:
            await self._client.close()

    async def _shared_client(self) -> "AsyncOpenAI":
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(self._make_client)
            return self._client

    def _make_client(self) -> "AsyncOpenAI":
        import openai  # takes half a second, so not at the start

        settings = self._settings
        timeout = openai.Timeout(
            settings.llm_read_timeout_seconds, connect=settings.llm_connect_timeout_seconds
        )
        return openai.AsyncOpenAI(
            api_key=settings.llm_api_key or NO_KEY,
            base_url=settings.llm_base_url,
            timeout=timeout,
            max_retries=0,  # ours know the time that is left
        )

    def _request(self, question: Question) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": question.model,
            "messages": [
                {"role": turn.role.value, "content": turn.text} for turn in question.turns
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        # OpenAI's newer models take only the new name, other servers often only the old one.
        own_server = self._settings.llm_base_url is not None
        request["max_tokens" if own_server else "max_completion_tokens"] = question.max_tokens
        if question.temperature is not None:
            request["temperature"] = question.temperature
        return request


async def _parts(stream: Any) -> AsyncGenerator[Part, None]:
    """Deltas and the end; a stream that stops without saying why was cut, or was none at all."""
    chunk: Any = None
    reason: str | None = None
    spent: Spent | None = None
    async for chunk in stream:
        if chunk.usage is not None:
            spent = Spent(int(chunk.usage.prompt_tokens), int(chunk.usage.completion_tokens))
        for choice in (chunk.choices or [])[:1]:
            if choice.delta is not None and choice.delta.content:
                yield Delta(str(choice.delta.content))
            reason = choice.finish_reason or reason
    if reason is None:
        raise fault("llm_garbled" if chunk is None else "llm_cut")
    if reason == FILTERED:
        raise fault("llm_filtered")
    yield End(FinishReason.LENGTH if reason == "length" else FinishReason.STOP, spent)
