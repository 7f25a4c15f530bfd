"""Settings of rate limits: whether and where they are counted. Each feature has its own rates."""

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
        raise ValueError("is no rate; write it like 5/minute or 5/minute;100/hour") from None
    return text


Rates = Annotated[str, AfterValidator(_check_limits)]
"""One or several rates, such as ``5/minute;100/hour``."""


class OnFailure(StrEnum):
    """What happens to a request when the store of the rate limits does not answer."""

    ALLOW = "allow"
    DENY = "deny"


class LimitSettings(BaseModel):
    """Whether anything is limited, and the store that counts."""

    rate_limit_enabled: bool = True
    rate_limit_storage_url: str = Field(
        default="async+memory://", json_schema_extra={"secret": True}, repr=False
    )
    rate_limit_on_failure: OnFailure = OnFailure.ALLOW
