"""The base class of all repositories."""

from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from typing import Generic
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy import Enum
from sqlalchemy import Select
from sqlalchemy import String
from sqlalchemy import and_
from sqlalchemy import cast
from sqlalchemy import literal
from sqlalchemy import or_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.kit.db.errors import to_domain_error
from app.kit.db.model import CommonColumns
from app.kit.exceptions import InvalidInput
from app.kit.pagination import NO_CURSOR
from app.kit.pagination import CursorPosition
from app.kit.pagination import Page
from app.kit.pagination import PageRequest
from app.kit.pagination import decode_cursor
from app.kit.pagination import encode_cursor

M = TypeVar("M", bound=CommonColumns)


class Repository(Generic[M]):
    """Reads and writes the rows of ``model``; subclasses add named queries."""

    model: type[M]
    sort_columns: ClassVar[dict[str, str]] = {"created_at": "created_at"}
    """What a list can be sorted by -> the column that holds it, of any type but a float."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, row_id: UUID, *, lock: bool = False) -> M | None:
        """Return the row with this id; ``lock`` it until the end of the transaction."""
        return await self.session.get(self.model, row_id, with_for_update=lock)

    async def add(self, row: M) -> M:
        """Store a new row; its id and defaults are set afterwards.

        Raises:
            Conflict: a unique or foreign key rejects the row.
        """
        self.session.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            raise to_domain_error(error) or error from error
        return row

    async def flush(self) -> None:
        """Send the changes to the database now, so that errors are raised here."""
        await self.session.flush()

    async def delete(self, row: M) -> None:
        """Delete a row; the database deletes what belongs to it (ON DELETE CASCADE)."""
        await self.session.delete(row)
        await self.session.flush()

    async def paginate(self, statement: Select[M], page: PageRequest) -> Page[M]:
        """Return one page of the rows that ``statement`` selects (keyset pagination).

        NULL sorts above every value.

        Raises:
            InvalidInput: the cursor is not one of this list.
        """
        column = self._sort_column(page.sort)
        descending = page.sort.startswith("-")
        if page.cursor is not None:
            end = self._decode(page.cursor, page.sort, column)
            statement = statement.where(self._after_cursor(end, column, descending))
        for part in self._order(column):
            statement = statement.order_by(part.desc() if descending else part.asc())
        found = await self._fetch(statement.limit(page.limit + 1), page.cursor)
        rows = found[: page.limit]
        if len(found) == len(rows):
            return Page(items=rows, next_cursor=None)
        end = CursorPosition(value=getattr(rows[-1], column.key), id=rows[-1].id)
        return Page(items=rows, next_cursor=encode_cursor(page.sort, end))

    async def _fetch(self, statement: Select[M], cursor: str | None) -> Sequence[M]:
        try:
            return (await self.session.scalars(statement)).all()
        except DBAPIError as error:
            if cursor is None or not isinstance(to_domain_error(error), InvalidInput):
                raise
            # The value has the right type, but is too large for the column.
            raise InvalidInput("cursor", NO_CURSOR, code="invalid_cursor") from None

    def _sort_column(self, sort: str) -> InstrumentedAttribute[Any]:
        column: InstrumentedAttribute[Any] = getattr(
            self.model, self.sort_columns[sort.removeprefix("-")]
        )
        return column

    def _order(self, column: InstrumentedAttribute[Any]) -> list[Any]:
        """Return the ORDER BY of a list sorted by this column; without NULL it can use an index."""
        nulls = [column.is_(None)] if _is_nullable(column) else []
        return [*nulls, _comparable(column), self.model.id]

    def _decode(self, cursor: str, sort: str, column: InstrumentedAttribute[Any]) -> CursorPosition:
        kind = column.type.python_type
        try:
            return decode_cursor(cursor, sort, kind | None if _is_nullable(column) else kind)
        except ValueError as error:
            raise InvalidInput("cursor", str(error), code="invalid_cursor") from None

    def _after_cursor(
        self, end: CursorPosition, column: InstrumentedAttribute[Any], descending: bool
    ) -> ColumnElement[bool]:
        """Return the condition for rows after ``end``; its redundant part lets an index be used."""
        row_id = self.model.id
        later = row_id < end.id if descending else row_id > end.id
        if end.value is None:
            same = and_(column.is_(None), later)
            return or_(column.is_not(None), same) if descending else same
        value, key = _comparable(literal(end.value, column.type)), _comparable(column)
        if descending:
            return and_(key <= value, or_(key < value, later))
        after = and_(key >= value, or_(key > value, later))
        return or_(column.is_(None), after) if _is_nullable(column) else after


def _is_nullable(column: InstrumentedAttribute[Any]) -> bool:
    return bool(getattr(column.expression, "nullable", False))


def _comparable(value: Any) -> Any:
    """Return the value to compare and sort by: an enum as text, as MySQL sorts it by position."""
    return cast(value, String) if isinstance(value.type, Enum) else value
