"""Queries for the rows of one user, in any table."""

from collections.abc import Sequence
from typing import Any
from typing import cast
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import undefer

from app.kit.db.model import CommonColumns
from app.kit.db.repository import Repository
from app.kit.pagination import Page
from app.kit.pagination import PageRequest


def owner_columns(base: type[DeclarativeBase]) -> Sequence[InstrumentedAttribute[Any]]:
    """Return the foreign keys to users of all tables, sorted by table name."""
    found: list[InstrumentedAttribute[Any]] = []
    for mapper in sorted(base.registry.mappers, key=lambda mapper: str(mapper.local_table)):
        for attribute in mapper.column_attrs:
            keys = attribute.columns[0].foreign_keys
            if any(key.target_fullname == "users.id" for key in keys):
                found.append(getattr(mapper.class_, attribute.key))
    return found


class PersonalRows:
    """Reads the rows that belong to one user."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(
        self, owner: InstrumentedAttribute[Any], user_id: UUID, page: PageRequest
    ) -> Page[dict[str, Any]]:
        """Return one page of the rows whose column ``owner`` is this user."""
        rows = Repository[CommonColumns](self._session)
        rows.model = cast("type[CommonColumns]", owner.class_)
        statement = select(rows.model).where(owner == user_id).options(undefer("*"))
        found = await rows.paginate(statement, page)
        names = [each.key for each in inspect(rows.model).column_attrs]
        items = [{name: getattr(row, name) for name in names} for row in found.items]
        return Page(items=items, next_cursor=found.next_cursor)
