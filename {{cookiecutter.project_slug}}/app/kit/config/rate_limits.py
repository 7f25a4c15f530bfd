"""Settings for rate limits: the switch and the storage. Each feature defines its own rates."""

from enum import StrEnum
from typing import Annotated

from limits import parse_many
from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import Field


def _check_limits(text: str) -> str:
    try:
        parse_many(text)
    except ValueError:
        raise ValueError("is not a rate; write it like 5/minute or 5/minute;100/hour") from None
    return text


Rates = Annotated[str, AfterValidator(_check_limits)]
"""One or more rate limits, such as ``5/minute;100/hour``."""


class OnFailure(StrEnum):
    """How requests are handled while the storage does not respond.

    They are counted in the memory of each process, or rejected.
    """

    MEMORY = "memory"
    DENY = "deny"


class RateLimitSettings(BaseModel):
    """The switch for all rate limits, and the storage of their counters."""

    rate_limit_enabled: bool = True
    rate_limit_storage_url: str = Field(
        default="async+memory://", json_schema_extra={"secret": True}, repr=False
    )
    rate_limit_on_failure: OnFailure = OnFailure.MEMORY
