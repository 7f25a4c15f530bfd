"""Request and response schemas of items."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator
from pydantic import Field

from app.kit.schemas import STORABLE
from app.kit.schemas import TRIMMED
from app.kit.schemas import RequestModel
from app.kit.schemas import ResponseModel
from app.kit.schemas import example
from app.kit.schemas import optional
from app.models.item import DESCRIPTION_LENGTH
from app.models.item import TITLE_LENGTH
from app.schemas.pages import NextCursor
from app.schemas.pages import PageQuery

Title = Annotated[str, TRIMMED, Field(min_length=1, max_length=TITLE_LENGTH), STORABLE]
Description = Annotated[str, Field(max_length=DESCRIPTION_LENGTH), STORABLE]


def _check_version(row_id: UUID) -> UUID:
    if row_id.version != 7:
        raise ValueError("must be a UUID of version 7, so that ids sort by age")
    return row_id


class ItemSort(StrEnum):
    """The order of a list of items; ``-`` means descending."""

    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DESC = "-updated_at"
    TITLE = "title"
    TITLE_DESC = "-title"


class ItemQuery(PageQuery):
    """Filter, order and page of a list of items."""

    sort: ItemSort = Field(
        default=ItemSort.CREATED_AT_DESC,
        description="The order; `-` means descending. By default the newest items come first.",
    )
    q: Annotated[str, Field(max_length=TITLE_LENGTH), STORABLE] | None = Field(
        default=None, description="Only items whose title contains this text, in any case."
    )
    # %if jwt
    owner_id: UUID | None = Field(
        default=None, description="Only items of this user; administrators may name any user."
    )
    # %endif


class ItemCreate(RequestModel):
    """A new item."""

    id: Annotated[UUID, AfterValidator(_check_version)] | None = Field(
        default=None,
        description="Only if your app creates items offline: a UUID of version 7. Sent again with "
        "the same content, it returns 200 and the stored item; with other content 409 `id_reused`; "
        "an id that is not yours 409 `id_taken`.",
    )
    title: Title
    description: Description | None = None

    model_config = example({"title": "Tea", "description": "Green, 100 g"})


class ItemUpdate(RequestModel):
    """The fields to change. Absent fields stay; ``null`` clears the description."""

    title: Title = optional()
    description: Description | None = None

    model_config = example({"title": "Green tea"})


class ItemRead(ResponseModel):
    """A stored item."""

    id: UUID
    title: str
    description: str | None
    owner_id: UUID  # %if jwt
    created_at: datetime
    updated_at: datetime


class ItemPage(ResponseModel):
    """One page of items."""

    items: list[ItemRead]
    next_cursor: NextCursor
