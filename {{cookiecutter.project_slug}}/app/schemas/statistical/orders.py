"""What is to be learned, as it is stored with a model and handed to the process that trains it.

Worker processes load this file: it may import nothing that brings the database along.
"""

from app.schemas.base import ResponseModel
from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.choices import Task


class TrainingOrder(ResponseModel):
    """What is to be learned from a table. No ``features`` means all columns but the target."""

    algorithm: Algorithm
    task: Task | None
    target: str | None
    features: list[str]
