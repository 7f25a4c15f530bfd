"""The time, the same way everywhere."""

from datetime import UTC
from datetime import datetime


def utc_now() -> datetime:
    """The time now: aware, UTC, microseconds."""
    return datetime.now(UTC)


def start_of_day(moment: datetime) -> datetime:
    """Return midnight at the start of the day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
