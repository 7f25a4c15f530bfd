"""Rows that an AccessScope restricts: derive from ``Owned``, and use an ``OwnedRepository``."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base


class Owned(Base):
    """A model whose rows a scope can hold back."""

    __abstract__: ClassVar[bool] = True
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))  # %if jwt


def list_index(table: str, column: str) -> Index:
    """The index that a page of the rows of one scope, sorted by ``column``, is read from."""
    columns = [column, "id"]
    columns.insert(0, "owner_id")  # %if jwt
    return Index(f"ix_{table}_list_{column}", *columns)
