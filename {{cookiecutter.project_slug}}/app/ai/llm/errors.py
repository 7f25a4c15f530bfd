"""Errors of language models, and the table of everything that a model server can do wrong.

The error text of a server can contain the API key or parts of conversations. It is never sent to
clients or logged.
"""

import logging
import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from app.kit.exceptions import DomainError
from app.kit.exceptions import RateLimited
from app.kit.exceptions import Unavailable

MAX_RETRY_AFTER_SECONDS = 3600

logger = logging.getLogger(__name__)


class QuotaExceeded(RateLimited):
    """The request could exceed the user's daily quota."""

    code = "llm_quota_exceeded"


class TotalQuotaExceeded(Unavailable):
    """The request could exceed the total daily quota of this server."""

    code = "llm_total_quota_exceeded"


class ConcurrencyExceeded(RateLimited):
    """The user runs too many chats at the same time."""

    code = "llm_concurrency_exceeded"


class LlmBusy(RateLimited):
    """The server runs too many chats at the same time."""

    code = "llm_busy"


class CircuitOpen(Unavailable):
    """The circuit breaker is open: the model server has failed too often."""

    code = "llm_circuit_open"
    detail = "The language model server has failed too often and is paused for a while."


class UpstreamError(DomainError):
    """The model server returned an error or an invalid response."""

    status = HTTPStatus.BAD_GATEWAY
    code = "upstream_failed"


class UpstreamTimeout(DomainError):
    """The model server took too long."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "upstream_timeout"


class ContentRejected(DomainError):
    """The conversation is well-formed, but too long, or rejected for its content."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "content_refused"


@dataclass(frozen=True, slots=True)
class ProviderError:
    """How to handle one kind of failure of the model server.

    Attributes:
        retry: Whether another attempt may succeed.
        trips_breaker: Whether the circuit breaker counts it. It counts failures of the server,
            which a request may have provoked.
        charged: Whether the server may have produced tokens before it failed.
        retry_after: Seconds that the client should wait, unless the server says otherwise.
    """

    error: type[DomainError]
    detail: str
    retry: bool = False
    trips_breaker: bool = False
    charged: bool = False
    retry_after: int | None = None


PROVIDER_ERRORS = {
    "llm_misconfigured": ProviderError(
        UpstreamError, "The language model server rejected the API key of this application."
    ),
    "llm_model_unavailable": ProviderError(
        UpstreamError, "The language model server does not have this model."
    ),
    "llm_out_of_credit": ProviderError(
        Unavailable, "The quota at the language model provider is used up.", retry_after=3600
    ),
    "llm_overloaded": ProviderError(
        Unavailable, "The language model server is overloaded.", retry=True, retry_after=1
    ),
    "llm_failed": ProviderError(
        UpstreamError, "The language model server failed.", retry=True, trips_breaker=True
    ),
    "llm_request_refused": ProviderError(
        UpstreamError, "The language model server rejected the request."
    ),
    "llm_timeout": ProviderError(
        UpstreamTimeout,
        "The language model did not respond in time.",
        retry=True,
        trips_breaker=True,
        charged=True,
    ),
    "llm_unreachable": ProviderError(
        Unavailable,
        "The language model server cannot be reached.",
        retry=True,
        trips_breaker=True,
        retry_after=5,
    ),
    "llm_garbled": ProviderError(
        UpstreamError,
        "The language model server sent an invalid response.",
        retry=True,
        trips_breaker=True,
    ),
    "llm_cut": ProviderError(
        UpstreamError,
        "The response of the language model broke off.",
        retry=True,
        trips_breaker=True,
        charged=True,
    ),
    "llm_filtered": ProviderError(
        ContentRejected, "The content filter of the language model rejected this conversation."
    ),
    "llm_too_long": ProviderError(
        ContentRejected, "The conversation is too long for this language model."
    ),
}
"""Error code -> failure. Clients rely on the codes."""

CODES_BY_STATUS = {
    401: "llm_misconfigured",
    403: "llm_misconfigured",
    404: "llm_model_unavailable",
    408: "llm_timeout",
    413: "llm_too_long",
    429: "llm_overloaded",
    504: "llm_timeout",
}
CODES_BY_SERVER_CODE = {
    "content_filter": "llm_filtered",
    "content_policy_violation": "llm_filtered",
    "context_length_exceeded": "llm_too_long",
    "insufficient_quota": "llm_out_of_credit",
    "model_not_found": "llm_model_unavailable",
}
"""The server's ``error.code`` or ``error.type`` -> error code."""


def provider_error(code: str, *, retry_after: int | None = None) -> DomainError:
    """Return the exception for an error code of ``PROVIDER_ERRORS``.

    ``retry_after``, in seconds, is what the server said; it overrides the default.
    """
    failure = PROVIDER_ERRORS[code]
    error = failure.error(failure.detail, code=code)
    error.retry_after = retry_after or failure.retry_after
    return error


def map_exception(error: Exception, *, started: bool) -> DomainError:
    """Return the domain error for an exception that the OpenAI library raised.

    A lost connection is ``llm_cut`` if the response had started. The library also raises exceptions
    other than its own when a response is invalid, so any unknown exception is ``llm_garbled``.
    """
    if isinstance(error, DomainError):
        return error
    import openai  # already loaded by the adapter

    if isinstance(error, openai.APIStatusError):
        found = provider_error(_code_of_status_error(error), retry_after=_retry_after(error))
    elif isinstance(error, openai.APITimeoutError):
        found = provider_error("llm_timeout")
    elif isinstance(error, openai.APIConnectionError):
        found = provider_error("llm_cut" if started else "llm_unreachable")
    elif isinstance(error, openai.APIError):  # an error event inside a stream
        found = provider_error(_known_code(error) or "llm_failed")
    else:
        found = provider_error("llm_garbled")
    status = getattr(error, "status_code", "none")
    logger.warning("%s: %s, status %s", found.code, type(error).__name__, status)
    return found


def _code_of_status_error(error: Any) -> str:
    status = int(error.status_code)
    is_server_error = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    default = "llm_failed" if is_server_error else "llm_request_refused"
    return _known_code(error) or CODES_BY_STATUS.get(status, default)


def _known_code(error: Any) -> str | None:
    for name in (error.code, error.type):
        if isinstance(name, str) and name in CODES_BY_SERVER_CODE:
            return CODES_BY_SERVER_CODE[name]
    return None


def _retry_after(error: Any) -> int | None:
    """Return the ``Retry-After`` header in whole seconds; ignore dates and invalid values."""
    try:
        seconds = float(error.response.headers.get("Retry-After", ""))
    except ValueError:
        return None
    return math.ceil(seconds) if 0 < seconds <= MAX_RETRY_AFTER_SECONDS else None
