"""What every repository can do, over one model."""

from typing import Any
from typing import ClassVar
from typing import Generic
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy import Select
from sqlalchemy import and_
from sqlalchemy import or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.exceptions import Conflict
from app.core.exceptions import InvalidInput
from app.db.base import Base
from app.utils.pages import Page
from app.utils.pages import PageRequest
from app.utils.pages import Position
from app.utils.pages import decode_cursor
from app.utils.pages import encode_cursor

M = TypeVar("M", bound=Base)


class Repository(Generic[M]):
    """Reads and writes the rows of ``model``; subclasses add statements with names."""

    model: type[M]
    sort_columns: ClassVar[dict[str, str]] = {"created_at": "created_at"}
    """What a list can be sorted by -> the column that holds it. None may be NULL."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, row_id: UUID, *, lock: bool = False) -> M | None:
        """The row with this id. With ``lock`` nobody else can change it until we are done."""
        return await self.session.get(self.model, row_id, with_for_update=lock)

    async def add(self, row: M) -> M:
        """Store a new row; its id and defaults are set afterwards.

        Raises:
            Conflict: another row has what must be unique, or what it refers to is gone.
        """
        self.session.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            raise Conflict("This contradicts what is stored already.") from error
        return row

    async def flush(self) -> None:
        """Send what was changed to the database now, so that an error shows here."""
        await self.session.flush()

    async def delete(self, row: M) -> None:
        """Delete a row, and by the rules of the database what belongs to it."""
        await self.session.delete(row)
        await self.session.flush()

    async def paginate(self, statement: Select[M], page: PageRequest) -> Page[M]:
        """One page of the rows that ``statement`` selects, by keyset.

        Raises:
            InvalidInput: the cursor is not one of this list.
        """
        column = self._sort_column(page.sort)
        descending = page.sort.startswith("-")
        if page.cursor is not None:
            end = self._decode(page.cursor, page.sort, column)
            statement = statement.where(_behind(end, column, self.model.id, descending))
        for part in (column, self.model.id):
            statement = statement.order_by(part.desc() if descending else part.asc())
        found = (await self.session.scalars(statement.limit(page.limit + 1))).all()
        rows = found[: page.limit]
        if len(found) == len(rows):
            return Page(items=rows, next_cursor=None)
        end = Position(value=getattr(rows[-1], column.key), id=rows[-1].id)
        return Page(items=rows, next_cursor=encode_cursor(page.sort, end))

    def _sort_column(self, sort: str) -> InstrumentedAttribute[Any]:
        column: InstrumentedAttribute[Any] = getattr(
            self.model, self.sort_columns[sort.removeprefix("-")]
        )
        return column

    def _decode(self, cursor: str, sort: str, column: InstrumentedAttribute[Any]) -> Position:
        try:
            return decode_cursor(cursor, sort, column.type.python_type)
        except ValueError as error:
            raise InvalidInput("cursor", str(error), code="invalid_cursor") from None


def _behind(
    end: Position,
    column: InstrumentedAttribute[Any],
    row_id: InstrumentedAttribute[UUID],
    descending: bool,
) -> ColumnElement[bool]:
    """Rows after ``end``. The first condition repeats the second, so that an index is used."""
    if descending:
        return and_(column <= end.value, or_(column < end.value, row_id < end.id))
    return and_(column >= end.value, or_(column > end.value, row_id > end.id))
