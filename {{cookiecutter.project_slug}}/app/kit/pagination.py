"""Pages of a list and their cursors (keyset pagination).

A cursor holds the sort value and the id of the last row of a page. The next page starts after that
row, so concurrent inserts and deletes neither repeat nor skip other rows.
"""

import json
from base64 import urlsafe_b64decode
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any
from typing import Generic
from typing import TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from app.kit.text import reject_unstorable

T = TypeVar("T")
SortValue = str | int | float | bool | Decimal | date | time | datetime | UUID | Enum | None

NO_CURSOR = "is not a valid cursor of this list; request the first page again"

MAX_INTEGER = 2**63 - 1
MAX_DIGITS = 1000
"""The maximum magnitude of a decimal; far more than a column holds."""


@dataclass(frozen=True, slots=True)
class CursorPosition:
    """The last row of a page."""

    value: SortValue
    id: UUID


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page. ``sort`` is a column name, with the prefix ``-`` for descending."""

    limit: int
    sort: str
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list; ``next_cursor`` is None on the last page."""

    items: Sequence[T]
    next_cursor: str | None


def encode_cursor(sort: str, position: CursorPosition) -> str:
    """Return an opaque, URL-safe cursor."""
    # ``object``, because drivers return subclasses that pydantic does not know.
    value = _adapter(object).dump_python(position.value, mode="json")
    # Not escaped, because a cursor with a long text would exceed its maximum length.
    content = json.dumps([sort, value, position.id.hex], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(content.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, sort: str, kind: Any) -> CursorPosition:
    """Return the position that a cursor names, for a list sorted by values of the type ``kind``.

    Raises:
        ValueError: ``encode_cursor`` did not create it for this order.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        made_for, value, row_id = json.loads(urlsafe_b64decode(padded))
        if made_for != sort:
            raise ValueError("made for another order")
        parsed = _adapter(kind).validate_json(json.dumps(value), strict=True)
        return CursorPosition(value=_normalize(parsed), id=UUID(hex=row_id))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise ValueError(NO_CURSOR) from None


@lru_cache
def _adapter(kind: Any) -> TypeAdapter[object]:
    return TypeAdapter(kind)


def _normalize(value: object) -> SortValue:
    """Return the value in a form that every engine can compare with its columns.

    Raises:
        ValueError: the value has no such form.
    """
    if not isinstance(value, SortValue):  # the Python type of the column is unknown
        raise ValueError("a list or an object")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        return value.astimezone(UTC)
    if isinstance(value, str) and not isinstance(value, Enum):
        return reject_unstorable(value)
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ValueError("beyond 64 bits")
    if isinstance(value, Decimal) and abs(value.adjusted()) > MAX_DIGITS:
        raise ValueError("more digits than a column holds")
    return value
