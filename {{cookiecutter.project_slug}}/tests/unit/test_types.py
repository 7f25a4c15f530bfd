"""Column types: which type of each engine they become."""

import pytest
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from app.db.types import ExactString
from app.db.types import LongText
from app.db.types import UtcDateTime


@pytest.mark.parametrize(
    ("dialect", "time", "text", "long_text"),
    [
        (sqlite.dialect(), "DATETIME", "VARCHAR(9)", "TEXT"),
        (postgresql.dialect(), "TIMESTAMP WITH TIME ZONE", 'VARCHAR(9) COLLATE "C"', "TEXT"),
        (mysql.dialect(), "DATETIME(6)", "VARCHAR(9) COLLATE utf8mb4_bin", "MEDIUMTEXT"),
    ],
    ids=["sqlite", "postgresql", "mysql"],
)
def test_every_engine_has_its_own(dialect: Dialect, time: str, text: str, long_text: str) -> None:
    kinds: list[TypeEngine[object]] = [UtcDateTime(), ExactString(9), LongText()]
    assert [kind.compile(dialect) for kind in kinds] == [time, text, long_text]
