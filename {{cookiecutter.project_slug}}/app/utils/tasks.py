"""Cancelling tasks with care."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from typing import TypeVar

T = TypeVar("T")


async def undisturbed(work: Coroutine[Any, Any, T]) -> T:
    """The result of some short work; who is cancelled meanwhile waits until it is done.

    Cancelling tears a connection to the database out of the middle of a statement.

    Raises:
        asyncio.CancelledError: when the work is over, if this was cancelled meanwhile.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
