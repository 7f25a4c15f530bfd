"""Reads server-sent events as a client does."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from httpx2 import Response

STREAM = "/api/v1/ai/llm/chat/stream"


@dataclass(frozen=True)
class Event:
    """One event."""

    id: str
    name: str
    data: dict[str, Any]


def hello(**fields: Any) -> dict[str, Any]:
    """Return a request with a short conversation."""
    return {"messages": [{"role": "user", "content": "Hello"}], **fields}


async def read_events(response: Response) -> AsyncIterator[Event]:
    """Yield the events of a stream without the heartbeats."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield Event(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}
