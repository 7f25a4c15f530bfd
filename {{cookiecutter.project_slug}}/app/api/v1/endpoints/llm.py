"""The paths of language models."""

from typing import Any

from fastapi import APIRouter
from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from app.ai.llm.faults import FAULTS
from app.api.disconnects import while_connected
from app.api.errors import STATUSES
from app.api.llm import Llm
from app.api.problems import problems
from app.api.streams import stream_of
from app.schemas.llm import ChatAnswer
from app.schemas.llm import ChatDelta
from app.schemas.llm import ChatDone
from app.schemas.llm import ChatRequest
from app.schemas.llm import ChatStart
from app.schemas.llm import ModelList
from app.schemas.llm import UsageRead

EVENTS: dict[type[BaseModel], str] = {ChatStart: "start", ChatDelta: "delta", ChatDone: "done"}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events: `start` (id, model), `delta` (text) as often as there "
        "is text, then `done` (finish_reason, usage) or `error` (a problem).",
        # Left open: no schema of OpenAPI 3.1 describes events, and generators stumble over others.
        "content": {"text/event-stream": {"schema": {}}},
    },
}

LIMITS = problems(conflict=409, rate_limited=429, llm_quota_exceeded=429, llm_busy=429)
TROUBLES = problems(
    llm_circuit_open=503, **{code: STATUSES[fault.error] for code, fault in FAULTS.items()}
)

router = APIRouter(prefix="/ai/llm", tags=["language models"])


@router.get("/models")
async def list_models(llm: Llm) -> ModelList:
    """The models that may be asked for, and the bounds of a request."""
    return llm.models()


@router.get("/usage")
async def read_usage(llm: Llm) -> UsageRead:
    """What you have used today and this month, and what is left of today's tokens."""
    return await llm.usage()


@router.post("/chat", responses=LIMITS | TROUBLES)
async def chat(request: Request, data: ChatRequest, llm: Llm) -> ChatAnswer:
    """The next message of a conversation, whole."""
    return await while_connected(request, llm.chat(data))


@router.post(
    "/chat/stream",
    response_class=Response,
    responses=STREAM | LIMITS,
)
async def chat_stream(data: ChatRequest, llm: Llm) -> Response:
    """The next message of a conversation, as it is made."""
    return await stream_of(llm.ask(data), EVENTS)
