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
    """What is in one column. ``numbers`` is there for numbers, ``earliest`` for dates."""

    name: str
    type: ColumnType
    missing: int
    distinct: int
    numbers: NumberSummary | None
    earliest: str | None
    latest: str | None
    top_values: list[ValueCount]


class Correlation(ResponseModel):
    """How far two columns of numbers rise together (1) or against each other (-1)."""

    first: str
    second: str
    value: float


class Profile(ResponseModel):
    """A table, column by column; its strongest correlations come first."""

    rows: int
    columns: list[ColumnProfile]
    correlations: list[Correlation]
    notes: list[str]
