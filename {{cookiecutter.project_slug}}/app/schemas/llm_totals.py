"""What everybody has used of language models, on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from pydantic import Field

from app.schemas.base import ResponseModel


class TotalsQuery(BaseModel):
    """How far to look back, and which part of the list."""

    days: int = Field(default=30, ge=1, le=366, description="How far to look back.")
    limit: int = Field(default=20, ge=1, le=100, description="How many rows at most.")
    offset: int = Field(
        default=0, ge=0, le=1_000_000, description="How many rows to leave out, from the top."
    )


class UserTotal(ResponseModel):
    """What one user has had of one model."""

    user_id: UUID
    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Totals(ResponseModel):
    """The totals since a moment, the largest first."""

    since: datetime
    totals: list[UserTotal]
