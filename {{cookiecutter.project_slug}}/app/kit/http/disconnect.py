"""Cancels work when the client disconnects."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from typing import TypeVar

from fastapi import Request
from starlette.exceptions import HTTPException

T = TypeVar("T")


async def cancel_on_disconnect(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of the work, and cancel it as soon as the client disconnects.

    The work has released its resources when this returns.

    Raises:
        HTTPException: the client has disconnected; this only ends the request.
    """
    working = asyncio.create_task(work)
    watching = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise HTTPException(408, "The client has disconnected")
        return await working
    finally:
        watching.cancel()
        working.cancel()
        await asyncio.wait([working])


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
