"""What everybody has used of language models, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.base import DocumentedModel
from app.schemas.base import ResponseModel


class TotalsQuery(DocumentedModel):
    """How far to look back, and which part of the list."""

    days: Annotated[int, Field(ge=1, le=366)] = 30
    """How far to look back."""
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    """How many rows at most."""
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """How many rows to leave out, from the top."""


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
