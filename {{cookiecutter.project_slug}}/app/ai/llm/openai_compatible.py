"""The adapter for OpenAI and compatible servers, such as Ollama, vLLM, LM Studio and gateways.

It always requests a stream, even when the client waits for the whole response. This way the read
timeout notices a silent server, and the call ends when the client disconnects.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING
from typing import Any

from app.ai.llm.errors import map_exception
from app.ai.llm.errors import provider_error
from app.ai.llm.port import ChatCompletionRequest
from app.ai.llm.port import Chunk
from app.ai.llm.port import Completed
from app.ai.llm.port import TextDelta
from app.ai.llm.port import TokenUsage
from app.core.config.llm import LlmSettings
from app.schemas.llm import FinishReason

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CONTENT_FILTER = "content_filter"
NO_KEY = "none"
"""The library requires a key, even if the server does not."""


class OpenAiModel:
    """Sends requests to one server. The HTTP client is created for the first request."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._client: AsyncOpenAI | None = None
        self._lock = asyncio.Lock()

    async def stream(self, request: ChatCompletionRequest) -> AsyncGenerator[Chunk, None]:
        """Yield the chunks that the server sends."""
        client = await self._get_client()
        started = False
        try:
            response = await client.chat.completions.create(**self._to_parameters(request))
            started = True
            async with response:
                async for chunk in _to_chunks(response):
                    yield chunk
        except Exception as error:
            # Not chained: the text of the error may contain the API key or the conversation.
            raise map_exception(error, started=started) from None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _get_client(self) -> "AsyncOpenAI":
        async with self._lock:
            if self._client is None:
                self._client = await asyncio.to_thread(self._create_client)
            return self._client

    def _create_client(self) -> "AsyncOpenAI":
        import openai  # takes half a second to load, so not on start-up

        settings = self._settings
        timeout = openai.Timeout(
            settings.llm_read_timeout_seconds, connect=settings.llm_connect_timeout_seconds
        )
        return openai.AsyncOpenAI(
            api_key=settings.llm_api_key or NO_KEY,
            base_url=settings.llm_base_url,
            timeout=timeout,
            max_retries=0,  # RetryingModel knows the remaining time
        )

    def _to_parameters(self, request: ChatCompletionRequest) -> dict[str, Any]:
        parameters: dict[str, Any] = {
            "model": request.model,
            "messages": [
                {"role": message.role.value, "content": message.content}
                for message in request.messages
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        # OpenAI's newer models accept only the new name, many other servers only the old one.
        is_openai = self._settings.llm_base_url is None
        parameters["max_completion_tokens" if is_openai else "max_tokens"] = request.max_tokens
        if request.temperature is not None:
            parameters["temperature"] = request.temperature
        return parameters


async def _to_chunks(response: Any) -> AsyncGenerator[Chunk, None]:
    """Convert the stream of the library. Without a finish reason, the response is incomplete."""
    part: Any = None
    finish_reason: str | None = None
    usage: TokenUsage | None = None
    async for part in response:
        if part.usage is not None:
            usage = TokenUsage(int(part.usage.prompt_tokens), int(part.usage.completion_tokens))
        for choice in (part.choices or [])[:1]:
            if choice.delta is not None and choice.delta.content:
                yield TextDelta(str(choice.delta.content))
            finish_reason = choice.finish_reason or finish_reason
    if finish_reason is None:
        raise provider_error("llm_garbled" if part is None else "llm_cut")
    if finish_reason == CONTENT_FILTER:
        raise provider_error("llm_filtered")
    yield Completed(FinishReason.LENGTH if finish_reason == "length" else FinishReason.STOP, usage)
