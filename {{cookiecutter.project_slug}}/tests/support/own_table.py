"""A table of the tests' own, which the application does not know."""

from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base
from app.kit.db.database import Database


class Apart(Base):
    """A base whose tables are not the application's."""

    __abstract__: ClassVar[bool] = True
    metadata = MetaData()


class Row(Apart):
    """A row with a text and a number."""

    __tablename__ = "rows_of_tests"
    title: Mapped[str] = mapped_column(String(200))
    count: Mapped[int]


async def create_own_table(database: Database) -> None:
    """Make the table."""
    async with database.engine.begin() as connection:
        await connection.run_sync(Apart.metadata.create_all)
