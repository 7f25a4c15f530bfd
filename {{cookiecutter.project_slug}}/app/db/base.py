"""The base of every model: id, created_at, updated_at, and names for all constraints."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData
from sqlalchemy import Uuid
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.types import UtcDateTime
from app.utils.clock import utc_now
from app.utils.ids import new_id

# Named constraints can be changed by later migrations, on every engine.
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _as_created(context: Any) -> datetime:
    """A new row was last changed when it was made, to the microsecond."""
    created: datetime = context.get_current_parameters()["created_at"]
    return created


class Base(DeclarativeBase):
    """A table with what every table has."""

    metadata = MetaData(naming_convention=NAMES)

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=new_id, sort_order=-1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=utc_now, sort_order=1)
    updated_at: Mapped[datetime] = mapped_column(
        UtcDateTime(), default=_as_created, onupdate=utc_now, sort_order=2
    )
