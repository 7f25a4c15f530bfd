"""The query parameters that every list takes."""

from typing import Annotated

from pydantic import Field

from app.schemas.base import DocumentedModel

Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(max_length=4096)]


class PageQuery(DocumentedModel):
    """Which page of a list is wanted."""

    limit: Limit = 20
    """How many rows at most."""
    cursor: Cursor | None = None
    """The `next_cursor` of the page before, in the same order; none for the first page."""
