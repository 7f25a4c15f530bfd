"""What a client sends to train a model, and to describe a table."""

from collections import Counter
from typing import Annotated
from typing import Self

from pydantic import AfterValidator
from pydantic import Field
from pydantic import model_validator

from app.models.statistical_model import NAME_LENGTH
from app.schemas.base import STORABLE
from app.schemas.base import TRIMMED
from app.schemas.base import RequestModel
from app.schemas.statistical.choices import TASKS
from app.schemas.statistical.choices import WITH_TARGET
from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.choices import Task
from app.schemas.statistical.orders import TrainingOrder
from app.schemas.statistical.tables import MOST_COLUMNS
from app.schemas.statistical.tables import MOST_ROWS
from app.schemas.statistical.tables import ColumnName
from app.schemas.statistical.tables import Row

ModelName = Annotated[
    str,
    TRIMMED,
    Field(min_length=1, max_length=NAME_LENGTH, pattern="^[^/]*$"),
    STORABLE,
]
HOUSES = [
    {"rooms": str(rooms), "town": town, "price": str(cheapest + 50_000 * rooms)}
    for rooms in range(1, 7)
    for town, cheapest in (("Rome", 40_000), ("Ulm", 15_000))
]
"""An example to train on."""

Rows = Annotated[list[Row], Field(min_length=1, max_length=MOST_ROWS, examples=[HOUSES])]


def _check_unique(names: list[str]) -> list[str]:
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"{name!r} is there more than once")
    return names


Features = Annotated[
    list[ColumnName],
    Field(max_length=MOST_COLUMNS, examples=[[]]),
    AfterValidator(_check_unique),
]


class TrainingRequest(RequestModel):
    """A name, and what is to be learned."""

    name: ModelName = Field(examples=["houses"])
    """Yours to choose. The same name again makes the next version."""
    algorithm: Algorithm = Algorithm.AUTO
    """By default those that fit the task are compared, and the best is taken."""
    task: Task | None = Field(default=None, examples=[Task.REGRESSION])
    """By default it follows from the algorithm and the target: whole numbers with few different
    values, and everything that is no number, are labels (classification)."""
    target: ColumnName | None = Field(default=None, examples=["price"])
    """The column to predict. Without one, rows are put into groups."""
    features: Features = Field(default_factory=list)
    """The columns to learn from; by default all but the target."""

    @model_validator(mode="after")
    def check_choice(self) -> Self:
        """Refuse an algorithm that cannot do the task, and a target too many or too few."""
        possible = (self.task,) if self.task else TASKS[self.algorithm]
        if self.task and self.task not in TASKS[self.algorithm]:
            raise ValueError(f"{self.algorithm.value} cannot do {self.task.value}")
        if self.target is None and not set(possible) - set(WITH_TARGET):
            raise ValueError(f"{possible[0].value} needs a target")
        if self.target is not None and not set(possible) & set(WITH_TARGET):
            raise ValueError(f"{possible[0].value} takes no target")
        if self.target is not None and self.target in self.features:
            raise ValueError("the target cannot be a feature, too")
        return self

    def to_order(self) -> TrainingOrder:
        """What is to be learned."""
        return TrainingOrder.model_validate(self)


class TrainingFromRows(TrainingRequest):
    """The same, with the rows to learn from."""

    rows: Rows
    """At least ten, each from column name to value. `"4.5"` is a number, an empty text is none."""


class DescribeRows(RequestModel):
    """Rows to describe."""

    rows: Rows
