"""Cursors: what goes in comes out, and nothing else is taken for one."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from app.kit.pagination import CursorPosition
from app.kit.pagination import SortValue
from app.kit.pagination import decode_cursor
from app.kit.pagination import encode_cursor
from app.utils.ids import new_id

ROW_ID = "01999f0c2b7a7d3e8f4a5b6c7d8e9f01"
NOW = datetime(2026, 11, 23, 12, 30, 15, 123456, tzinfo=UTC)


def packed(content: Any) -> str:
    """Some content in the form of a cursor."""
    return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


class Color(StrEnum):
    """Some values of an enum."""

    RED = "red"


@pytest.mark.parametrize(
    "value",
    [
        *("", "tea", "ÄÖ 😀 \\ % _", "x" * 600, NOW, NOW.date(), NOW.time()),
        *(0, -5, 2**63 - 1, True, False, 0.1, Decimal("0.10"), Decimal("-1e300")),
        *(new_id(), Color.RED, None),
    ],
)
def test_a_cursor_leads_back_to_its_position(value: SortValue) -> None:
    position = CursorPosition(value=value, id=new_id())
    cursor = encode_cursor("-title", position)
    assert cursor.isascii()
    found = decode_cursor(cursor, "-title", type(value))
    assert found == position
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((int, 2**63), (int, -(2**63)), (int, "5"), (int, True), (int, 1.5), (bool, 1)),
        *((Decimal, "1e1001"), (Decimal, "NaN"), (Decimal, True), (date, "2026-13-01")),
        *((UUID, "tea"), (Color, "blue"), (str, 5), (str, None)),
        *((object, ["tea"]), (object, {})),
    ],
)
def test_a_value_of_another_type_is_refused(kind: type[Any], value: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid cursor"):
        decode_cursor(packed(["x", value, new_id().hex]), "x", kind)


def test_a_cursor_is_of_one_order_only() -> None:
    cursor = encode_cursor("title", CursorPosition(value="tea", id=new_id()))
    with pytest.raises(ValueError, match="is not a valid cursor"):
        decode_cursor(cursor, "-title", str)


def test_a_time_in_another_zone_is_the_same_time() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    row_id = new_id()
    cursor = packed(["created_at", there.isoformat(), row_id.hex])
    assert decode_cursor(cursor, "created_at", datetime) == CursorPosition(value=NOW, id=row_id)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "????",
        "ä",
        "\ud800",
        "A" * 4096,
        packed([]),
        packed({}),
        packed(None),
        packed("tea"),
        packed(["title", "tea"]),
        packed(["title", "tea", "no-id"]),
        packed(["title", "tea", 5]),
        packed(["title", 5, ROW_ID]),
        packed(["title", None, ROW_ID]),
        packed(["title", ["tea"], ROW_ID]),
        packed(["title", {}, ROW_ID]),
        packed(["title", "nul\0", ROW_ID]),
        packed(["title", "\ud800", ROW_ID]),
        packed(["title", "tea", ROW_ID, "more"]),
        urlsafe_b64encode(b"[" * 2000).decode(),
    ],
)
def test_nothing_else_is_a_cursor(cursor: str) -> None:
    with pytest.raises(ValueError, match="is not a valid cursor"):
        decode_cursor(cursor, "title", str)


@pytest.mark.parametrize(
    "moment",
    ["", "yesterday", "2026-11-23T12:00:00", "0001-01-01T00:00:00+14:00", 5, None, ["x"]],
)
def test_a_time_must_be_one_with_its_zone(moment: Any) -> None:
    cursor = packed(["created_at", moment, new_id().hex])
    with pytest.raises(ValueError, match="is not a valid cursor"):
        decode_cursor(cursor, "created_at", datetime)
