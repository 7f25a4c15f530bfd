"""What goes wrong with an OpenAI-compatible server, told as one of ``faults.py``.

The library lets more than its own errors out when an answer makes no sense, so whatever is not
recognised counts as that.
"""

import logging
import math
from typing import Any

from app.ai.llm.faults import fault
from app.core.exceptions import DomainError

LONGEST_WAIT = 3600
STATUSES = {
    401: "llm_misconfigured",
    403: "llm_misconfigured",
    404: "llm_model_unavailable",
    408: "llm_timeout",
    413: "llm_too_long",
    429: "llm_overloaded",
    504: "llm_timeout",
}
SERVER_CODES = {
    "content_filter": "llm_filtered",
    "content_policy_violation": "llm_filtered",
    "context_length_exceeded": "llm_too_long",
    "insufficient_quota": "llm_out_of_credit",
    "model_not_found": "llm_model_unavailable",
}
"""What servers call it in their ``error.code`` or ``error.type`` -> our code."""

SERVER_ERROR = 500

logger = logging.getLogger(__name__)


def translate(error: Exception, *, begun: bool) -> DomainError:
    """The fault that an error of the library is; what the server wrote is not in it.

    A connection that breaks is another fault when the answer had ``begun``.
    """
    if isinstance(error, DomainError):
        return error
    import openai  # loaded already

    if isinstance(error, openai.APIStatusError):
        found = fault(_code_of_status(error), retry_after=_retry_after(error))
    elif isinstance(error, openai.APITimeoutError):
        found = fault("llm_timeout")
    elif isinstance(error, openai.APIConnectionError):
        found = fault("llm_cut" if begun else "llm_unreachable")
    elif isinstance(error, openai.APIError):  # an error that is told inside a stream
        found = fault(_known_code(error) or "llm_failed")
    else:
        found = fault("llm_garbled")
    status = getattr(error, "status_code", "none")
    logger.warning("%s: %s, status %s", found.code, type(error).__name__, status)
    return found


def _code_of_status(error: Any) -> str:
    status = int(error.status_code)
    if known := _known_code(error):
        return known
    if status >= SERVER_ERROR:
        return STATUSES.get(status, "llm_failed")
    return STATUSES.get(status, "llm_request_refused")


def _known_code(error: Any) -> str | None:
    for name in (error.code, error.type):
        if isinstance(name, str) and name in SERVER_CODES:
            return SERVER_CODES[name]
    return None


def _retry_after(error: Any) -> int | None:
    """The server's wish in whole seconds; a date, or nonsense, counts as none."""
    try:
        seconds = float(error.response.headers.get("Retry-After", ""))
    except ValueError:
        return None
    return math.ceil(seconds) if 0 < seconds <= LONGEST_WAIT else None
