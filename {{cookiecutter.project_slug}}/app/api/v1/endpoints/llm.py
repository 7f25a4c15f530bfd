"""Endpoints of language models."""

from typing import Any

from fastapi import APIRouter
from fastapi import Request
from fastapi.responses import Response

from app.ai.llm.errors import PROVIDER_ERRORS
from app.ai.llm.errors import CircuitOpen
from app.ai.llm.errors import ConcurrencyExceeded
from app.ai.llm.errors import LlmBusy
from app.ai.llm.errors import QuotaExceeded
from app.ai.llm.errors import TotalQuotaExceeded
from app.api.deps.llm import LlmServiceDep
from app.kit.exceptions import Conflict
from app.kit.exceptions import DomainError
from app.kit.exceptions import RateLimited
from app.kit.http.disconnect import cancel_on_disconnect
from app.kit.http.problems import error_responses
from app.kit.http.sse import sse_response
from app.schemas.llm import ChatRequest
from app.schemas.llm import ChatResponse
from app.schemas.llm import ModelList
from app.schemas.llm import UsageRead

STREAM_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events: `start` (id, model), any number of `delta` (text), "
        "then `done` (finish_reason, usage) or `error` (a problem).",
        "content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/ChatEvent"}}},
    },
}

REJECTIONS: list[type[DomainError]] = [
    Conflict,
    RateLimited,
    QuotaExceeded,
    ConcurrencyExceeded,
    LlmBusy,
    TotalQuotaExceeded,
]
"""Errors before the model is called. A stream sends all later errors as events."""

PROVIDER_CODES = {code: int(failure.error.status) for code, failure in PROVIDER_ERRORS.items()}

router = APIRouter(prefix="/ai/llm", tags=["language models"])


@router.get("/models")
async def list_models(llm: LlmServiceDep) -> ModelList:
    """Return the allowed models and the limits of a request."""
    return llm.models()


@router.get("/usage")
async def read_usage(llm: LlmServiceDep) -> UsageRead:
    """Return your usage of today and this month, and the tokens that are left today."""
    return await llm.usage()


@router.post("/chat", responses=error_responses(*REJECTIONS, CircuitOpen, **PROVIDER_CODES))
async def chat(request: Request, data: ChatRequest, llm: LlmServiceDep) -> ChatResponse:
    """Return the next message of a conversation as one response."""
    return await cancel_on_disconnect(request, llm.chat(data))


@router.post(
    "/chat/stream",
    response_class=Response,
    responses=STREAM_RESPONSE | error_responses(*REJECTIONS),
)
async def chat_stream(data: ChatRequest, llm: LlmServiceDep) -> Response:
    """Stream the next message of a conversation while it is generated."""
    return await sse_response(llm.stream(data))
