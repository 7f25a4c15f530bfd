"""Column types: which type of each engine they become."""

from typing import Any

import pytest
from sqlalchemy.dialects import registry
from sqlalchemy.types import TypeEngine

from app.kit.db.types import ExactString
from app.kit.db.types import LongText
from app.kit.db.types import UtcDateTime


@pytest.mark.parametrize(
    ("engine", "time", "text", "long_text"),
    [
        ("sqlite", "DATETIME", "VARCHAR(9)", "TEXT"),
        ("postgresql", "TIMESTAMP WITH TIME ZONE", 'VARCHAR(9) COLLATE "C"', "VARCHAR"),
        ("mysql", "DATETIME(6)", "VARCHAR(9) COLLATE utf8mb4_bin", "MEDIUMTEXT"),
    ],
)
def test_every_engine_has_its_own(engine: str, time: str, text: str, long_text: str) -> None:
    kinds: list[TypeEngine[Any]] = [UtcDateTime(), ExactString(9), LongText()]
    dialect = registry.load(engine)()
    assert [kind.compile(dialect) for kind in kinds] == [time, text, long_text]
