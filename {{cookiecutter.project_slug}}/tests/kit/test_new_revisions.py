"""New revisions run on every engine, there and back, whichever they were written on."""

# mypy: disable-error-code="misc"
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import Column
from sqlalchemy import Connection
from sqlalchemy import MetaData
from sqlalchemy import Table

from app.kit.db import types
from app.kit.db.engine import make_engine
from app.kit.db.locks import migration_lock
from app.kit.db.model import NAMING_CONVENTION
from tests.support.revisions import run_revision
from tests.support.revisions import write_revision
from tests.support.settings import make_settings
from tests.support.settings import sqlite_url

ID = UUID("4ed3a9f8-9d4c-4a3c-8b64-37ec47ee7f4b")
NOTHING = "pass"
RENAME = "ALTER TABLE goods RENAME COLUMN old TO new"
ON_TABLE = [
    "CREATE INDEX on_lower ON goods (lower(name))",
    "CREATE TRIGGER on_update AFTER UPDATE ON goods BEGIN SELECT ':a'; END",
    "CREATE INDEX on_year ON goods (substr(name, 1, 4), name) WHERE name != ':'",
]
"""In the order of their names."""


class Size(Enum):
    """A choice."""

    SMALL = "small"
    LARGE = "large"


class MoreSizes(Enum):
    """A choice with one more."""

    SMALL = "small"
    LARGE = "large"
    GIGANTIC = "gigantic"


def tables(*columns: Column[Any], name: str = "goods") -> MetaData:
    """Return a table with an id and these columns."""
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    Table(name, metadata, Column("id", sa.Uuid(), primary_key=True), *columns)
    return metadata


def every_type(**changed: Any) -> list[Column[Any]]:
    """Return a column of every usual type, each with a default of the server."""
    defaults: dict[str, tuple[Any, Any]] = {
        "is_new": (sa.Boolean(), sa.true()),
        "is_old": (sa.Boolean(), sa.false()),
        "is_zero": (sa.Boolean(), "0"),
        "is_one": (sa.Boolean(), sa.text("true")),
        "count": (sa.Integer(), "5"),
        "total": (sa.BigInteger(), sa.text("6")),
        "price": (sa.Numeric(10, 2), "0"),
        "ratio": (sa.Float(), "1.5"),
        "name": (sa.String(20), "it's"),
        "code": (types.ExactString(20), "A"),
        "text": (types.LongText(), "long: 1"),
        "size": (sa.Enum(Size), "SMALL"),
        "sold_at": (types.UtcDateTime(), sa.func.now()),
        "made_at": (types.UtcDateTime(), "2026-01-02 03:04:05"),
        "day": (sa.Date(), "2026-01-02"),
        "more": (sa.JSON(), '{"a": 1}'),
        "other_id": (sa.Uuid(), ID.hex),
    }
    given = {name: (kind, changed.get(name, default)) for name, (kind, default) in defaults.items()}
    return [
        Column(name, kind, nullable=False, server_default=default)
        for name, (kind, default) in given.items()
    ]


async def on(url: str, work: Callable[[Connection], Any]) -> Any:
    """Do something as a migration does."""
    engine = make_engine(make_settings(database_url=url))
    try:
        async with migration_lock(engine) as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


@pytest.fixture
def urls(empty_database_url: str, tmp_path: Path) -> list[str]:
    """The database of this run, and one of SQLite beside a server's."""
    sqlite = empty_database_url.startswith("sqlite")
    return [empty_database_url, *([] if sqlite else [sqlite_url(tmp_path / "other.db")])]


async def migrate_on_all(urls: list[str], *states: Callable[[], MetaData]) -> list[Any]:
    """Bring all databases from state to state by what is written on each of them."""
    codes = []
    for state in states:
        written = [await on(url, lambda c, s=state: write_revision(c, s())) for url in urls]
        upgrades, downgrades = zip(*written, strict=True)
        assert len(set(upgrades)) == 1
        for url in urls:
            await on(url, lambda c, code=upgrades[0]: run_revision(c, code))
            for code in set(downgrades):
                await on(url, lambda c, code=code: run_revision(c, code))
                await on(url, lambda c, code=upgrades[0]: run_revision(c, code))
            left, _ = await on(url, lambda c, s=state: write_revision(c, s()))
            assert NOTHING in left, left
        codes.append(upgrades[0])
    return codes


async def read_row(url: str, state: Callable[[], MetaData]) -> dict[str, Any]:
    """Insert a row that says nothing, and return what the server made of it."""
    table = state().tables["goods"]

    def work(connection: Connection) -> dict[str, Any]:
        connection.execute(table.insert().values(id=ID))
        return dict(connection.execute(sa.select(table)).mappings().one())

    found: dict[str, Any] = await on(url, work)
    return found


@pytest.mark.parametrize("there", [True, False])
async def test_every_type_has_its_default_on_every_engine(urls: list[str], there: bool) -> None:
    states = [lambda: tables(*every_type())]
    if there:
        states.insert(0, tables)
    await migrate_on_all(urls, *states)
    for url in urls:
        row = await read_row(url, states[-1])
        assert row.pop("sold_at").tzinfo
        assert row.pop("made_at").isoformat() == "2026-01-02T03:04:05+00:00"
        assert row == {
            "id": ID,
            "is_new": True,
            "is_old": False,
            "is_zero": False,
            "is_one": True,
            "count": 5,
            "total": 6,
            "price": Decimal(0),
            "ratio": 1.5,
            "name": "it's",
            "code": "A",
            "text": "long: 1",
            "size": Size.SMALL,
            "day": date(2026, 1, 2),
            "more": {"a": 1},
            "other_id": ID,
        }
    if there:
        await migrate_on_all(urls, tables)


async def test_a_changed_default_is_seen_on_every_engine(urls: list[str]) -> None:
    changes = {
        "is_new": sa.false(),
        "count": "6",
        "price": "0.5",
        "name": "other",
        "size": "LARGE",
        "sold_at": "2026-01-02 03:04:05",
        "text": "longer",
        "other_id": None,
    }
    states = [lambda: tables(*every_type()), lambda: tables(*every_type(**changes))]
    *_, code = await migrate_on_all(urls, *states)
    assert code.count("server_default=") - code.count("existing_server_default=") == len(changes)


@pytest.mark.parametrize("there", [True, False])
async def test_a_choice_is_text_and_takes_and_loses_values(urls: list[str], there: bool) -> None:
    def sizes(kind: type[Enum]) -> MetaData:
        return tables(Column("size", sa.Enum(kind), nullable=False, server_default="SMALL"))

    states = [lambda: sizes(Size), lambda: sizes(MoreSizes), lambda: sizes(Size)]
    if there:
        states.insert(0, tables)
    *_, wider, narrower = await migrate_on_all(urls, *states)
    assert "type_=sa.String(length=8)" in wider
    assert "type_=sa.String(length=5)" in narrower
    for url in urls:
        assert await read_row(url, states[-1]) == {"id": ID, "size": Size.SMALL}


async def test_tables_of_other_programs_are_left_alone(urls: list[str]) -> None:
    for url in urls:
        await on(url, tables(name="spatial_ref_sys").create_all)
        upgrade, _ = await on(url, lambda c: write_revision(c, tables()))
        assert "spatial_ref_sys" not in upgrade
        assert "create_table" in upgrade


def with_text(name: str, length: int) -> MetaData:
    """Return a table with a text."""
    return tables(Column(name, sa.String(length), nullable=False, server_default="A"))


async def test_a_renamed_column_keeps_what_belongs_to_it(urls: list[str]) -> None:
    await migrate_on_all(urls, lambda: with_text("old", 20))
    for url in urls:
        await on(url, lambda c: run_revision(c, f"op.execute({RENAME!r})"))
        left, _ = await on(url, lambda c: write_revision(c, with_text("new", 20)))
        assert NOTHING in left
        assert await read_row(url, lambda: with_text("new", 20)) == {"id": ID, "new": "A"}


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """A database of SQLite."""
    return sqlite_url(tmp_path / "indexes.db")


skipped = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")


@skipped
async def test_indexes_and_triggers_of_sqlite_stay_when_a_table_is_made_anew(sqlite: str) -> None:
    await on(sqlite, with_text("name", 20).create_all)
    for statement in ON_TABLE:
        await on(sqlite, lambda c, s=statement: c.exec_driver_sql(s))
    upgrade, _ = await on(sqlite, lambda c: write_revision(c, with_text("name", 30)))
    await on(sqlite, lambda c: run_revision(c, upgrade))
    find = "SELECT sql FROM sqlite_master WHERE name LIKE 'on_%' ORDER BY lower(name)"
    assert await on(sqlite, lambda c: c.exec_driver_sql(find).scalars().all()) == ON_TABLE


@skipped
async def test_an_index_on_an_expression_is_made_once(sqlite: str) -> None:
    def indexed() -> MetaData:
        metadata = with_text("name", 30)
        table = metadata.tables["goods"]
        sa.Index("on_lower", sa.func.lower(table.c.name))
        return metadata

    codes = await migrate_on_all([sqlite], lambda: with_text("name", 20), indexed)
    assert "op.create_index('on_lower', 'goods', [sa.literal_column('lower(name)')]" in codes[1]
