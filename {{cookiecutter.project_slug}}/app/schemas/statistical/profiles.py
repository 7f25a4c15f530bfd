"""The profile of a table."""

from pydantic import Field

from app.kit.schemas import RequestModel
from app.kit.schemas import ResponseModel
from app.schemas.statistical.tables import Rows
from app.schemas.statistical.training_spec import ColumnType


class ValueCount(ResponseModel):
    """A value, and the number of rows with it."""

    value: str
    count: int


class NumberSummary(ResponseModel):
    """The distribution of a numeric column."""

    mean: float
    standard_deviation: float
    minimum: float
    quantile_25: float
    median: float
    quantile_75: float
    maximum: float


class ColumnProfile(ResponseModel):
    """The profile of a column."""

    name: str
    type: ColumnType
    missing: int = Field(description="The number of rows without a value.")
    distinct: int = Field(description="The number of distinct values.")
    numbers: NumberSummary | None = Field(description="Null unless the column is numeric.")
    earliest: str | None = Field(description="The first date; null unless the column has dates.")
    latest: str | None = Field(description="The last date; null unless the column has dates.")
    top_values: list[ValueCount] = Field(
        description="The ten most frequent values; long ones are shortened."
    )


class Correlation(ResponseModel):
    """The Pearson correlation of two numeric columns, from -1 to 1."""

    first: str
    second: str
    value: float


class Profile(ResponseModel):
    """The profile of a table."""

    rows: int
    columns: list[ColumnProfile]
    correlations: list[Correlation] = Field(description="Of numeric columns, the strongest first.")
    notes: list[str] = Field(description="What is unusual in the table, in sentences.")


class DescribeRows(RequestModel):
    """Rows to describe."""

    rows: Rows
