"""What the rest of the application sees of a trained model, whatever library made it."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Protocol

from app.ai.statistical.tables import Cell
from app.schemas.statistical.predictions import Prediction


class WrongCell(Exception):
    """A row that is to be predicted does not fit what the model learned from."""

    def __init__(self, row: int, column: str, message: str) -> None:
        super().__init__(f"row {row}, column {column!r}: {message}")
        self.row = row
        self.column = column
        self.message = message


class Predictor(Protocol):
    """A model that is loaded and ready."""

    def predict(self, rows: Sequence[Mapping[str, Cell]]) -> list[Prediction]:
        """A prediction for each row, in order. Takes processor time: call it in a thread.

        Raises:
            WrongCell: names the first row and column that do not fit.
        """
        ...
