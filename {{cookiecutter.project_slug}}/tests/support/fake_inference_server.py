"""A fake model server over real HTTP, with both APIs, which can fail in every way."""

import asyncio
import json
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.support.fake_server import Exchange
from tests.support.fake_server import FakeServer

KEY = "key-hunter2"
SECRET = "text of the server: hunter3"
SCORES = [{"label": "good", "score": 0.25}, {"label": "bad", "score": 0.75}]
BOX = {"xmin": 1, "ymin": 2, "xmax": 30, "ymax": 20}

Behaviour = Callable[[Exchange], Awaitable[None]]


class FakeModelServer(FakeServer[Exchange]):
    """Responds as the models of all tasks, unless it gets other behaviours."""

    def __init__(self) -> None:
        super().__init__(Exchange, [respond])


@asynccontextmanager
async def fake_inference_server() -> AsyncIterator[FakeModelServer]:
    """Start a server that responds normally unless it gets other behaviours."""
    fake = FakeModelServer()
    async with fake.serve():
        yield fake


def vector_of(text: str) -> list[float]:
    """Return the embedding of a text: not of length 1, as servers may return it."""
    return [float(len(text)), 2.0]


def _embed(body: dict[str, Any]) -> Any:
    data = [{"index": i, "embedding": vector_of(text)} for i, text in enumerate(body["input"])]
    return {"data": data[::-1]}


RESPONSES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "/feature-extraction": lambda body: [vector_of(text) for text in body["inputs"]],
    "/text-classification": lambda _: SCORES,
    "/zero-shot-classification": lambda body: [
        {"label": label, "score": 1 / (number + 2)}
        for number, label in enumerate(body["parameters"]["candidate_labels"])
    ],
    "/token-classification": lambda _: [
        {"entity_group": "PER", "score": 0.9, "word": "ada", "start": 0, "end": 3}
    ],
    "/text-generation": lambda body: [{"generated_text": f"{body['inputs']} goes on"}],
    "/image-classification": lambda _: SCORES,
    "/object-detection": lambda _: [
        {"label": "cat", "score": 0.6, "box": BOX},
        {"label": "dog", "score": 0.9, "box": BOX},
        {"label": "fly", "score": 0.1, "box": BOX},
    ],
    "/automatic-speech-recognition": lambda _: {"text": "tea is ready"},
    "/v1/embeddings": _embed,
    "/v1/classify": lambda _: {"data": [SCORES]},
    "/v1/completions": lambda body: {"choices": [{"text": f"{body['prompt']} goes on"}]},
    "/v1/audio/transcriptions": lambda _: {"text": "tea is ready"},
}
"""Path -> the response."""


async def respond(exchange: Exchange) -> None:
    """Respond as the model of this path."""
    await exchange.respond(json.dumps(RESPONSES[exchange.path](exchange.body)))


def respond_json(data: Any) -> Behaviour:
    """Return a behaviour that responds with this data."""

    async def respond_with_data(exchange: Exchange) -> None:
        await exchange.respond(json.dumps(data))

    return respond_with_data


def respond_text(text: str) -> Behaviour:
    """Return a behaviour that responds with this text."""

    async def respond_with_text(exchange: Exchange) -> None:
        await exchange.respond(text)

    return respond_with_text


def fail(status: int, **headers: str) -> Behaviour:
    """Return a behaviour that responds with this error."""

    async def respond_with_error(exchange: Exchange) -> None:
        await exchange.respond(json.dumps({"error": SECRET}), status, **headers)

    return respond_with_error


def fail_for(text: str, status: int) -> Behaviour:
    """Return a behaviour that rejects requests with this input."""

    async def respond_unless_found(exchange: Exchange) -> None:
        await (fail(status) if text in exchange.content.decode() else respond)(exchange)

    return respond_unless_found


async def respond_slowly(exchange: Exchange) -> None:
    """Respond after a pause."""
    await asyncio.sleep(0.05)
    await respond(exchange)


async def never_respond(exchange: Exchange) -> None:
    """Accept the request, and send nothing."""
    await asyncio.Event().wait()


async def drip(exchange: Exchange) -> None:
    """Send one byte of the body after the other, so that no read takes long."""
    await exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        await exchange.send(" ")
        await asyncio.sleep(0.02)


async def reset(exchange: Exchange) -> None:
    """Abort the connection before the response."""
    exchange.writer.transport.abort()


async def cut(exchange: Exchange) -> None:
    """Abort the connection during the response."""
    await exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[[1.0,")
    exchange.writer.transport.abort()
