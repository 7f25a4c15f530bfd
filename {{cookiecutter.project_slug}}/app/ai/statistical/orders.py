"""What a worker is asked to do: plain values that can be sent to another process."""

from app.schemas.base import ResponseModel
from app.schemas.statistical.orders import TrainingOrder


class DescribingJob(ResponseModel):
    """A table, as a path, and how big it may be."""

    data: str
    most_rows: int
    most_columns: int


class TrainingJob(DescribingJob):
    """A table to learn from, what to learn, and the path that the model is to have."""

    order: TrainingOrder
    model: str
