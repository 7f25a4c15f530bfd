"""Cursors: what goes in comes out, and nothing else is taken for one."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from typing import Any

import pytest

from app.utils.ids import new_id
from app.utils.pages import Position
from app.utils.pages import SortValue
from app.utils.pages import decode_cursor
from app.utils.pages import encode_cursor

NOW = datetime(2026, 11, 23, 12, 30, 15, 123456, tzinfo=UTC)


def packed(content: Any) -> str:
    """Some content in the form of a cursor."""
    return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("value", ["", "tea", "ÄÖ 😀 \\ % _", "x" * 600, NOW])
def test_a_cursor_leads_back_to_its_position(value: SortValue) -> None:
    position = Position(value=value, id=new_id())
    cursor = encode_cursor("-title", position)
    assert cursor.isascii()
    assert decode_cursor(cursor, "-title", type(value)) == position


def test_a_cursor_is_of_one_order_only() -> None:
    cursor = encode_cursor("title", Position(value="tea", id=new_id()))
    with pytest.raises(ValueError, match="is no cursor"):
        decode_cursor(cursor, "-title", str)


def test_a_time_in_another_zone_is_the_same_time() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    row_id = new_id()
    cursor = packed(["created_at", there.isoformat(), row_id.hex])
    assert decode_cursor(cursor, "created_at", datetime) == Position(value=NOW, id=row_id)


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
        packed(["title", 5, new_id().hex]),
        packed(["title", None, new_id().hex]),
        packed(["title", ["tea"], new_id().hex]),
        packed(["title", {}, new_id().hex]),
        packed(["title", "nul\0", new_id().hex]),
        packed(["title", "\ud800", new_id().hex]),
        packed(["title", "tea", new_id().hex, "more"]),
        urlsafe_b64encode(b"[" * 2000).decode(),
    ],
)
def test_nothing_else_is_a_cursor(cursor: str) -> None:
    with pytest.raises(ValueError, match="is no cursor"):
        decode_cursor(cursor, "title", str)


@pytest.mark.parametrize(
    "moment",
    ["", "yesterday", "2026-11-23T12:00:00", "0001-01-01T00:00:00+14:00", 5, None, ["x"]],
)
def test_a_time_must_be_one_with_its_zone(moment: Any) -> None:
    cursor = packed(["created_at", moment, new_id().hex])
    with pytest.raises(ValueError, match="is no cursor"):
        decode_cursor(cursor, "created_at", datetime)
