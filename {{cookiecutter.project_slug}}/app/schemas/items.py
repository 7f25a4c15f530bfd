"""Items on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator
from pydantic import Field

from app.models.item import DESCRIPTION_LENGTH
from app.models.item import TITLE_LENGTH
from app.schemas.base import STORABLE
from app.schemas.base import TRIMMED
from app.schemas.base import RequestModel
from app.schemas.base import ResponseModel
from app.schemas.base import example
from app.schemas.base import optional
from app.schemas.pages import PageQuery

Title = Annotated[str, TRIMMED, Field(min_length=1, max_length=TITLE_LENGTH), STORABLE]
Description = Annotated[str, Field(max_length=DESCRIPTION_LENGTH), STORABLE]


def _check_version(row_id: UUID) -> UUID:
    if row_id.version != 7:
        raise ValueError("must be a UUID of version 7, so that ids sort by age")
    return row_id


class ItemSort(StrEnum):
    """What a list of items can be sorted by; ``-`` means descending."""

    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DESC = "-updated_at"
    TITLE = "title"
    TITLE_DESC = "-title"


class ItemQuery(PageQuery):
    """Which items are wanted, and in which order."""

    sort: ItemSort = Field(
        default=ItemSort.CREATED_AT_DESC,
        description="What they are sorted by; `-` means descending.",
    )
    q: Annotated[str, Field(max_length=TITLE_LENGTH), STORABLE] | None = Field(
        default=None, description="Only items whose title contains this, in any case."
    )
    # %if jwt
    owner_id: UUID | None = Field(
        default=None, description="Only items of this user; administrators may ask for anybody's."
    )
    # %endif


class ItemCreate(RequestModel):
    """A new item."""

    id: Annotated[UUID, AfterValidator(_check_version)] | None = None
    """Leave it out, unless your app makes items offline: then a UUID of version 7, which begins
    with the time, so that ids sort by age. Sent twice, the second is 409 and not a second item."""
    title: Title
    description: Description | None = None

    model_config = example({"title": "Tea", "description": "Green, 100 g"})


class ItemUpdate(RequestModel):
    """What is to change. What is absent stays; ``null`` clears the description."""

    title: Title = optional()
    description: Description | None = None

    model_config = example({"title": "Green tea"})


class ItemRead(ResponseModel):
    """An item as it is stored."""

    id: UUID
    title: str
    description: str | None
    owner_id: UUID  # %if jwt
    created_at: datetime
    updated_at: datetime


class ItemPage(ResponseModel):
    """Some items."""

    items: list[ItemRead]
    next_cursor: str | None
    """The `cursor` of the next page; null on the last."""
