"""Applications in the process of the tests, and clients that call them without a network."""

from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from httpx2 import ASGITransport
from httpx2 import AsyncClient

StartApp = Callable[..., Awaitable[FastAPI]]
Connect = Callable[..., AsyncClient]


def new_client(app: FastAPI, **options: Any) -> AsyncClient:
    """Return a client that calls this application directly, without a network."""
    return AsyncClient(**{"transport": ASGITransport(app), "base_url": "http://test", **options})
