"""Maps everything that a server can do wrong to an error of the port.

The text of a server can contain the inputs of a request. It is never logged or sent to clients.
"""

import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from app.ai.custom_models.port import InvalidModelInput

MAX_RETRY_AFTER_SECONDS = 3600

INVALID_INPUT_STATUSES = (400, 413, 422)
RETRYABLE_STATUSES = (429, 502, 503, 504)
HINTS = {
    401: "; check api_key_name, and the key in CUSTOM_MODELS_API_KEYS",
    403: "; check api_key_name, and the key in CUSTOM_MODELS_API_KEYS",
    404: "; check url, api and model",
    405: "; check url and api",
}
"""What to check in ``config/models.toml``."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request failed, and whether it may be sent again."""

    message: str
    code: str = "model_unavailable"
    retry: bool = False
    retry_after: int | None = None


def map_exception(error: Exception, *, repeatable: bool) -> Failure | InvalidModelInput:
    """Return the failure, or what is wrong with the input.

    A request that was not processed is sent again. One whose connection broke may have been
    processed; it is only sent again if it is ``repeatable``.
    """
    import httpx2

    if isinstance(error, InvalidModelInput):
        return error
    cause = error.__cause__  # AsyncInferenceClient raises other errors from these
    for each in (error, cause):
        if isinstance(each, httpx2.ConnectError | httpx2.ConnectTimeout):
            return Failure("cannot be reached; check url, and whether it runs", retry=True)
        response = getattr(each, "response", None)
        if isinstance(response, httpx2.Response):
            return _map_response(response)
    if isinstance(error, httpx2.TransportError):
        return Failure(f"closed the connection ({type(error).__name__})", retry=repeatable)
    return Failure(f"sent an invalid response ({type(error).__name__}); check url, api and task")


def _map_response(response: Any) -> Failure | InvalidModelInput:
    status = int(response.status_code)
    if status in INVALID_INPUT_STATUSES:
        return InvalidModelInput("The model cannot process this input; it may be too long.")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Failure(f"redirected the request ({status}); set url to the final address")
    return Failure(
        f"responded with {status}{HINTS.get(status, '')}",
        code="queue_full" if status == HTTPStatus.TOO_MANY_REQUESTS else "model_unavailable",
        retry=status in RETRYABLE_STATUSES,
        retry_after=_retry_after(response),
    )


def _retry_after(response: Any) -> int | None:
    """Return the ``Retry-After`` header in whole seconds; ignore dates and invalid values."""
    try:
        seconds = float(response.headers.get("Retry-After", ""))
    except ValueError:
        return None
    return math.ceil(seconds) if 0 < seconds <= MAX_RETRY_AFTER_SECONDS else None
