"""The query parameters of every list, and the cursor of its next page."""

from typing import Annotated

from pydantic import BaseModel
from pydantic import Field

Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(max_length=4096)]
NextCursor = Annotated[
    str | None, Field(description="The `cursor` of the next page; null on the last page.")
]


class PageQuery(BaseModel):
    """Which page of a list is wanted."""

    limit: Limit = Field(default=20, description="How many rows at most.")
    cursor: Cursor | None = Field(
        default=None,
        description="The `next_cursor` of the page before, in the same order; "
        "none for the first page.",
    )
