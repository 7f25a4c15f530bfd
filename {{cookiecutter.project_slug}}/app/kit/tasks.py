"""Helpers for the cancellation of tasks."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from typing import TypeVar

import anyio

T = TypeVar("T")


async def run_to_completion(work: Coroutine[Any, Any, T]) -> T:
    """Finish short work even if the caller is cancelled, and return its result.

    Cancellation would interrupt a database connection in the middle of a statement. A cancel scope
    of anyio cancels repeatedly until the caller has left it, hence the shield.

    Raises:
        asyncio.CancelledError: the caller was cancelled; raised after the work has finished.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            with anyio.CancelScope(shield=True):
                await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        # An error that nobody retrieves would be logged when the task is garbage-collected.
        raise cancelled from (None if task.cancelled() else task.exception())
    return task.result()
