"""Lists sorted by a column of any type: every row once, in order, whatever the size of a page."""

from collections.abc import AsyncIterator
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from typing import ClassVar
from uuid import UUID

import pytest
from sqlalchemy import MetaData
from sqlalchemy import Numeric
from sqlalchemy import String
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base
from app.kit.db.database import Database
from app.kit.db.repository import Repository
from app.kit.db.types import UtcDateTime
from app.kit.exceptions import InvalidInput
from app.kit.pagination import CursorPosition
from app.kit.pagination import PageRequest
from app.kit.pagination import encode_cursor
from app.utils.ids import new_id
from tests.support.settings import make_settings


class Size(Enum):
    """Neither alphabetical nor reversed, so that each engine's own order would show."""

    MEDIUM = "m"
    SMALL = "s"
    LARGE = "l"


class Apart(Base):
    """A base whose tables are not the application's."""

    __abstract__: ClassVar[bool] = True
    metadata = MetaData()


class Sample(Apart):
    """A row with a column of every type that people sort by."""

    __tablename__ = "samples"
    number: Mapped[int]
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    day: Mapped[date]
    moment: Mapped[datetime] = mapped_column(UtcDateTime())
    done: Mapped[bool]
    size: Mapped[Size]
    other: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(20))
    due: Mapped[date | None]


COLUMNS = [column.key for column in Sample.__table__.columns if column.key != "id"]


class Samples(Repository[Sample]):
    """The list of them."""

    model = Sample
    sort_columns: ClassVar[dict[str, str]] = {name: name for name in COLUMNS}


ROWS = 9
DAY = date(2026, 11, 30)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
IDS = [new_id() for _ in range(3)]


def sample(number: int) -> Sample:
    """The values of a row; each occurs three times, so that there are ties everywhere."""
    third = (number * 2) % 3
    return Sample(
        number=10 * third - 10,
        price=Decimal(third) + Decimal("0.10"),
        day=DAY + timedelta(days=third),
        moment=NOON + timedelta(microseconds=third),
        done=third == 1,
        size=list(Size)[third],
        other=IDS[third],
        name="abc"[third],
        due=None if third == 1 else DAY - timedelta(days=third),
    )


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """A database with these rows."""
    database = Database(make_settings(database_url=empty_database_url))
    async with database.engine.begin() as connection:
        await connection.run_sync(Apart.metadata.create_all)
    async with database.write() as session:
        for number in range(ROWS):
            session.add(sample(number))
            await session.flush()
    yield database
    await database.close()


def rank(row: Sample, name: str) -> Any:
    """What Python sorts a row by."""
    value = getattr(row, name)
    if isinstance(value, Size):
        value = value.name
    return (value is None, value or DAY if name == "due" else value, row.id)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", COLUMNS)
async def test_every_row_comes_once_and_in_order(
    database: Database, name: str, descending: bool
) -> None:
    sort = f"-{name}" if descending else name
    async with database.read() as session:
        rows = (await session.scalars(select(Sample))).all()
        expected = sorted(rows, key=lambda row: rank(row, name), reverse=descending)
        for limit in (1, 2, ROWS):
            found: list[Sample] = []
            cursor = None
            while len(found) <= ROWS:
                request = PageRequest(limit=limit, sort=sort, cursor=cursor)
                page = await Samples(session).paginate(select(Sample), request)
                found += page.items
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert [row.id for row in found] == [row.id for row in expected]


async def test_a_value_beyond_the_column_never_is_an_error_of_the_server(
    database: Database,
) -> None:
    for sort, value in (("number", 2**62), ("price", Decimal("1e900"))):
        cursor = encode_cursor(sort, CursorPosition(value=value, id=new_id()))
        request = PageRequest(limit=5, sort=sort, cursor=cursor)
        try:
            async with database.read() as session:
                page = await Samples(session).paginate(select(Sample), request)
            assert page.items == []
        except InvalidInput as error:
            assert (error.field, error.code) == ("cursor", "invalid_cursor")  # noqa: PT017
