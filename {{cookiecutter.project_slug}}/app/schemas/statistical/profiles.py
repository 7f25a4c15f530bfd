"""The profile of a table: what is in it before anything is learned."""

from app.schemas.base import ResponseModel
from app.schemas.statistical.choices import ColumnType


class ValueCount(ResponseModel):
    """A value, and in how many rows it stands."""

    value: str
    count: int


class NumberSummary(ResponseModel):
    """How numbers are spread; a quarter of them lies below ``quantile_25``."""

    mean: float
    standard_deviation: float
    minimum: float
    quantile_25: float
    median: float
    quantile_75: float
    maximum: float


class ColumnProfile(ResponseModel):
    """What is in one column."""

    name: str
    type: ColumnType
    missing: int
    """In how many rows it has no value."""
    distinct: int
    """How many different values it has."""
    numbers: NumberSummary | None
    """Null but for numbers."""
    earliest: str | None
    """The first date; null but for dates."""
    latest: str | None
    """The last date; null but for dates."""
    top_values: list[ValueCount]
    """The most frequent, at most ten."""


class Correlation(ResponseModel):
    """How far two columns of numbers rise together (1) or against each other (-1)."""

    first: str
    second: str
    value: float


class Profile(ResponseModel):
    """A table, column by column."""

    rows: int
    columns: list[ColumnProfile]
    correlations: list[Correlation]
    """Of columns of numbers, the strongest first."""
    notes: list[str]
    """What is odd about the table, for people."""
