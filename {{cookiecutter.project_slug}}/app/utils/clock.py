"""The time, the same way everywhere."""

from datetime import UTC
from datetime import datetime


def utc_now() -> datetime:
    """The time now: aware, UTC, microseconds."""
    return datetime.now(UTC)
