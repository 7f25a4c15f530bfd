"""Runs inputs through a model, and maps every failure to a domain error."""

import asyncio
import logging
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any

from app.ai.custom_models.batching import Batchable
from app.ai.custom_models.batching import InputFailed
from app.ai.custom_models.batching import QueueFull
from app.ai.custom_models.batching import RequestTooLarge
from app.ai.custom_models.port import DeviceLost
from app.ai.custom_models.port import InvalidModelInput
from app.ai.custom_models.port import ModelLoadError
from app.ai.custom_models.port import ModelServerError
from app.ai.custom_models.runtime import CustomModelRuntime
from app.ai.custom_models.sources import ModelHandle
from app.kit.exceptions import DomainError
from app.kit.exceptions import InvalidInput
from app.kit.exceptions import Unavailable

INVALID_INPUT_CODE = "unusable_input"
RETRY_SECONDS = 5

SERVER_ERRORS = {
    "model_unavailable": "The server of the model is not available at the moment.",
    "model_timeout": "The server of the model did not respond in time.",
    "queue_full": "Too many requests are waiting for this model.",
}
"""Code of a ModelServerError -> what clients see."""

logger = logging.getLogger(__name__)


def to_input_field(index: int) -> str:
    """Return the name of the request field of one text."""
    return f"inputs.{index}"


async def run_inference(
    runtime: CustomModelRuntime,
    handle: ModelHandle,
    inputs: Sequence[Batchable],
    client: str,
    to_field: Callable[[int], str] = to_input_field,
) -> list[Any]:
    """Return the outputs of a model, in order. Loads the model if necessary.

    Raises the errors of ``map_inference_errors``.
    """
    async with (
        map_inference_errors(handle, to_field),
        runtime.acquire(handle.name) as batcher,
    ):
        return await batcher.submit(inputs, client)


@asynccontextmanager
async def map_inference_errors(
    handle: ModelHandle, to_field: Callable[[int], str]
) -> AsyncIterator[None]:
    """Apply the timeout of the model, and map failures to domain errors.

    Raises:
        InvalidInput: the request is too large, or the model cannot process one input; names the
            field.
        Unavailable: the model cannot be loaded, is overloaded, or timed out.
    """
    seconds = handle.config.timeout_seconds
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        detail = f"The model did not respond within {seconds:g} seconds."
        raise Unavailable(detail, code="model_timeout", retry_after=RETRY_SECONDS) from None
    except ModelLoadError:
        detail = "The model cannot be loaded at the moment."
        code = "model_unavailable"
        raise Unavailable(detail, code=code, retry_after=handle.retry_after) from None
    except QueueFull as error:
        detail = "Too many requests are waiting for this model."
        raise Unavailable(detail, code="queue_full", retry_after=error.retry_after) from None
    except RequestTooLarge as error:
        detail = (
            f"The request has about {error.tokens} tokens, and the limit is {error.limit}; "
            "send fewer or shorter inputs."
        )
        raise InvalidInput("inputs", detail, code="too_many_tokens") from None
    except InvalidModelInput as error:
        raise _to_invalid_input(to_field(0), error) from None
    except InputFailed as error:
        is_logged = isinstance(error.reason, ModelServerError)
        cause = None if is_logged else error.reason
        raise _to_domain_error(error, handle, to_field(error.index)) from cause


def _to_invalid_input(field: str, error: InvalidModelInput) -> InvalidInput:
    return InvalidInput(field, str(error), code=INVALID_INPUT_CODE)


def _to_domain_error(failed: InputFailed, handle: ModelHandle, field: str) -> DomainError:
    if isinstance(failed.reason, InvalidModelInput):
        return _to_invalid_input(field, failed.reason)
    if isinstance(failed.reason, MemoryError):
        detail = "The server does not have enough memory for this request at the moment."
        return Unavailable(detail, code="out_of_memory", retry_after=RETRY_SECONDS)
    if isinstance(failed.reason, DeviceLost):
        detail = "The device of the model has failed; the server is restarting."
        return Unavailable(detail, code="device_lost", retry_after=RETRY_SECONDS)
    if isinstance(failed.reason, ModelServerError):
        logger.warning("the server of the model %s: %s", handle.name, failed.reason)
        detail = SERVER_ERRORS[failed.reason.code]
        wait = failed.reason.retry_after or RETRY_SECONDS
        return Unavailable(detail, code=failed.reason.code, retry_after=wait)
    # The exception comes from the code of the model: log it, but do not show it to the client.
    logger.warning("the model %s failed on an input", handle.name, exc_info=failed.reason)
    return InvalidInput(field, "The model cannot process this input.", code=INVALID_INPUT_CODE)
