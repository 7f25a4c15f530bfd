"""Rows that an AccessScope restricts: derive from ``Owned``, and use an ``OwnedRepository``."""

from typing import ClassVar
from uuid import UUID  # %if jwt

from sqlalchemy import ForeignKey  # %if jwt
from sqlalchemy import Index
from sqlalchemy.orm import Mapped  # %if jwt
from sqlalchemy.orm import mapped_column  # %if jwt

from app.db.base import Base


class Owned(Base):
    """A model whose rows a scope can hold back."""

    __abstract__: ClassVar[bool] = True
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))  # %if jwt


def list_index(table: str, column: str) -> Index:
    """The index that a page of the rows of one scope, sorted by ``column``, is read from."""
    columns = [column, "id"]  # %if anonymous
    columns = ["owner_id", column, "id"]  # %if jwt
    return Index(f"ix_{table}_list_{column}", *columns)
