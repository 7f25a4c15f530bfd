"""Medians and their ratios, as a table."""

from collections import defaultdict
from statistics import median
from typing import NamedTuple


class Target(NamedTuple):
    """What a ratio of ours to the other should be: at least, or at most, ``limit``."""

    limit: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:.2f}"

    def met_by(self, ratio: float) -> bool:
        """Whether this ratio is good enough."""
        return ratio >= self.limit if self.at_least else ratio <= self.limit


class Series:
    """Numbers of several rounds, by what they are of and by whose they are."""

    def __init__(self) -> None:
        self.values: defaultdict[tuple[str, str], list[float]] = defaultdict(list)

    def add(self, row: str, name: str, value: float) -> None:
        """Keep the number of one round."""
        self.values[row, name].append(value)

    def median(self, row: str, name: str) -> float:
        """The middle of all rounds."""
        return median(self.values[row, name])

    def ratio(self, row: str, ours: str, other: str) -> float:
        """The median of the ratios of each round: what disturbs a round disturbs both."""
        pairs = zip(self.values[row, ours], self.values[row, other], strict=True)
        return median(mine / theirs for mine, theirs in pairs)


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown, the first column to the left and the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    rule = [f"{'-' * (widths[0])}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in (header, rule, *rows)
    )


def verdict(ratio: float, target: Target) -> str:
    """The target, and whether it is met."""
    return f"{target} {'yes' if target.met_by(ratio) else 'NO'}"
