"""Which rows of answers to try: every two values of different questions occur in some row."""

import itertools
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

Row = Mapping[str, str]
Pair = frozenset[tuple[str, str]]


def covering(choices: Mapping[str, Sequence[str]], first: Iterable[Row] = ()) -> list[Row]:
    """These rows, then as few as it takes; each is the one that has most of what is missing."""
    rows = list(first)
    every = [dict(zip(choices, row, strict=True)) for row in itertools.product(*choices.values())]
    missing = {pair for row in every for pair in pairs(row)}
    missing -= {pair for row in rows for pair in pairs(row)}
    while missing:
        rows.append(max(every, key=lambda row: len(pairs(row) & missing)))
        missing -= pairs(rows[-1])
    return rows


def pairs(row: Row) -> set[Pair]:
    """Every two answers of a row."""
    return {frozenset(two) for two in itertools.combinations(row.items(), 2)}
