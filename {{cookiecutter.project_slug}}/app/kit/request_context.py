"""Context variables of the current request."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The request id, in every log line and in ``X-Request-ID``; ``-`` outside of a request."""
