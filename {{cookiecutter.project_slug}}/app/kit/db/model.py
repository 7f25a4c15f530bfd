"""What all models have in common: the columns of every table, and the names of constraints."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column
from sqlalchemy import Enum
from sqlalchemy import Uuid
from sqlalchemy import event
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.kit.db.types import UtcDateTime
from app.utils.clock import utc_now
from app.utils.ids import new_id

# Later migrations can only change constraints that have a name.
NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


@event.listens_for(Enum, "before_parent_attach")
def store_enum_as_text(enum: Enum, _column: Column[Any]) -> None:
    """Store enums as text, so that a new value needs no migration on any engine.

    Alembic writes no migrations that create, change or drop the native enum types of
    PostgreSQL. ``ENUM`` of a SQLAlchemy dialect still creates one.
    """
    if type(enum) is Enum:
        enum.native_enum = False


def _created_at(context: Any) -> datetime:
    """Return ``created_at``, so that both times of a new row are equal to the microsecond."""
    created: datetime = context.get_current_parameters()["created_at"]
    return created


class CommonColumns:
    """The columns that every table has."""

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=new_id, sort_order=-1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=utc_now, sort_order=1)
    updated_at: Mapped[datetime] = mapped_column(
        UtcDateTime(), default=_created_at, onupdate=utc_now, sort_order=2
    )
