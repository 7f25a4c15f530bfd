"""The query parameters that every list takes."""

from typing import Annotated

from pydantic import BaseModel
from pydantic import Field

Limit = Annotated[int, Field(ge=1, le=100, description="How many rows at most.")]
Cursor = Annotated[
    str, Field(max_length=4096, description="`next_cursor` of the page before; none for the first.")
]


class PageQuery(BaseModel):
    """Which page of a list is wanted."""

    limit: Limit = 20
    cursor: Cursor | None = None
