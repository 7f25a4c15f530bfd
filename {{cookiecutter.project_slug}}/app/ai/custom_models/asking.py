"""One request to one model, and what is told when it fails: each failure as a domain error."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from app.ai.custom_models.batching import QueueFull
from app.ai.custom_models.batching import Refused
from app.ai.custom_models.batching import Sized
from app.ai.custom_models.cache import ModelCache
from app.ai.custom_models.port import DeviceLost
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.port import Unusable
from app.ai.custom_models.slot import Slot
from app.core.exceptions import DomainError
from app.core.exceptions import InvalidInput
from app.core.exceptions import Unavailable

UNUSABLE = "unusable_input"
RETRY_SECONDS = 5

logger = logging.getLogger(__name__)


async def ask(
    cache: ModelCache, slot: Slot, questions: Sequence[Sized], field: str = "inputs.{}"
) -> list[Any]:
    """The answers of a model, in order; it is loaded first where it has to be.

    Raises:
        InvalidInput: the model can do nothing with a question; names its ``field``.
        Unavailable: the model cannot be loaded, has too much to do, or takes too long.
    """
    seconds = slot.declaration.timeout_seconds
    try:
        async with asyncio.timeout(seconds), cache.use(slot.name) as batcher:
            return await batcher.submit(questions)
    except TimeoutError:
        detail = f"The model did not answer within {seconds:g} seconds."
        raise _unavailable(detail, "model_timeout", RETRY_SECONDS) from None
    except LoadingFailed:
        detail = "The model cannot be loaded now."
        raise _unavailable(detail, "model_unavailable", slot.retry_after) from None
    except QueueFull as full:
        detail = "Too many wait for this model already."
        raise _unavailable(detail, "queue_full", full.retry_after) from None
    except Refused as refused:
        raise _told(refused, slot, field.format(refused.index)) from refused.reason


def unusable(field: str, reason: Unusable) -> InvalidInput:
    """What was sent in a field cannot be used, as its reason says."""
    return InvalidInput(field, str(reason), code=UNUSABLE)


def _told(refused: Refused, slot: Slot, field: str) -> DomainError:
    if isinstance(refused.reason, Unusable):
        return unusable(field, refused.reason)
    if isinstance(refused.reason, MemoryError):
        detail = "There is not enough memory to answer this now."
        return _unavailable(detail, "out_of_memory", RETRY_SECONDS)
    if isinstance(refused.reason, DeviceLost):
        detail = "What the model computes on has failed; the server starts again."
        return _unavailable(detail, "device_lost", RETRY_SECONDS)
    # What exactly a model stumbles over only its own code knows; nothing of it is shown.
    logger.warning("the model %s failed over an input", slot.name, exc_info=refused.reason)
    return InvalidInput(field, "The model cannot work with this.", code=UNUSABLE)


def _unavailable(detail: str, code: str, retry_after: int) -> Unavailable:
    error = Unavailable(detail, code=code)
    error.retry_after = retry_after
    return error
