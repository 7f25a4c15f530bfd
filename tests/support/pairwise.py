"""Choose rows of answers so that every two answers to different questions share a row."""

import itertools
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

Row = Mapping[str, str]
Pair = frozenset[tuple[str, str]]


def pairwise_rows(choices: Mapping[str, Sequence[str]], first: Iterable[Row] = ()) -> list[Row]:
    """Return these rows and few more, so that every pair of answers occurs."""
    rows = list(first)
    every = [dict(zip(choices, row, strict=True)) for row in itertools.product(*choices.values())]
    missing = {pair for row in every for pair in pairs_of(row)}
    missing -= {pair for row in rows for pair in pairs_of(row)}
    while missing:
        rows.append(max(every, key=lambda row: len(pairs_of(row) & missing)))
        missing -= pairs_of(rows[-1])
    return rows


def pairs_of(row: Row) -> set[Pair]:
    """Return every pair of answers in a row."""
    return {frozenset(two) for two in itertools.combinations(row.items(), 2)}
