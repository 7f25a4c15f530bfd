"""A queue in which each client gets the same share of the work, whatever it has submitted."""

from bisect import insort
from collections import Counter
from collections.abc import Collection
from collections.abc import Hashable
from collections.abc import Iterable
from typing import Generic
from typing import Protocol
from typing import TypeVar


class QueueItem(Protocol):
    """A unit of work of one client."""

    client: Hashable
    tokens: int
    finish_tag: float
    """Set by the queue; items are taken in the order of their tags."""


T = TypeVar("T", bound=QueueItem)


class FairQueue(Generic[T]):
    """Self-clocked fair queueing (S. J. Golestani, INFOCOM 1994), measured in tokens.

    The finish tag of an item is the virtual time at which it and all earlier items of its client
    would be done if the clients were served round-robin. So a small request is served right after
    the first items of a large one.
    """

    def __init__(self) -> None:
        self._items: list[T] = []
        self._virtual_time = 0.0
        self._last_finish_tags: dict[Hashable, float] = {}
        self._tokens: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def tokens(self) -> int:
        """The number of queued tokens."""
        return self._tokens.total()

    def client_tokens(self, client: Hashable) -> int:
        """Return the number of queued tokens of one client."""
        return self._tokens[client]

    def add(self, items: Iterable[T]) -> None:
        """Add items to the queue."""
        for item in items:
            start = max(self._virtual_time, self._last_finish_tags.get(item.client, 0))
            item.finish_tag = start + item.tokens
            self._last_finish_tags[item.client] = item.finish_tag
            self._tokens[item.client] += item.tokens
            insort(self._items, item, key=lambda each: each.finish_tag)

    def peek(self, count: int) -> list[T]:
        """Return the next items without removing them."""
        return self._items[:count]

    def take(self, items: Collection[T]) -> None:
        """Remove items that start now. The first item of the queue must be one of them."""
        self._virtual_time = self._items[0].finish_tag
        self.remove(items)

    def remove(self, items: Collection[T]) -> None:
        """Remove those of the items that are still queued."""
        removed = {id(item) for item in items}
        kept = []
        for item in self._items:
            if id(item) in removed:
                self._tokens[item.client] -= item.tokens
            else:
                kept.append(item)
        self._items = kept
        self._tokens = +self._tokens
        self._last_finish_tags = {
            client: tag
            for client, tag in self._last_finish_tags.items()
            if tag > self._virtual_time
        }
