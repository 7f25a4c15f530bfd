"""Pages of a long list, and the cursors that lead from one to the next.

A cursor names the last row of a page: its sort value and its id. The next page starts behind that
row, so rows that come and go in between neither repeat nor hide others (keyset pagination).
"""

import json
from base64 import urlsafe_b64decode
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from typing import Generic
from typing import TypeVar
from uuid import UUID

from app.utils.text import refuse_unstorable

T = TypeVar("T")
SortValue = str | datetime


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended."""

    value: SortValue
    id: UUID


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is wanted. ``sort`` is a column's name, with ``-`` before it for descending."""

    limit: int
    sort: str
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list; without a ``next_cursor`` they are the last."""

    items: Sequence[T]
    next_cursor: str | None


def encode_cursor(sort: str, position: Position) -> str:
    """A text without meaning to clients, safe in a URL."""
    value = position.value
    text = value.isoformat() if isinstance(value, datetime) else value
    # Not escaped: the longest title would not fit into a cursor that may be sent back.
    content = json.dumps([sort, text, position.id.hex], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(content.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, sort: str, kind: type[SortValue]) -> Position:
    """The position that a cursor names, for a list sorted by a column of this kind.

    Raises:
        ValueError: it was not made by ``encode_cursor`` for this order.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        made_for, text, row_id = json.loads(urlsafe_b64decode(padded))
        if made_for != sort:
            raise ValueError("made for another order")
        if not isinstance(text, str):
            raise TypeError("neither text nor the text of a time")
        value = _time(text) if kind is datetime else refuse_unstorable(text)
        return Position(value=value, id=UUID(hex=row_id))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise ValueError("is no cursor of this list; ask for the first page again") from None


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC)
