"""What belongs to the request that is being answered, wherever in the code one stands."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request, shown in every log line and in ``X-Request-ID``; ``-`` outside of one."""
