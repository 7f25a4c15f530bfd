"""The interface of a trained model, independent of the library behind it."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Protocol

from app.ai.statistical.tables import Cell
from app.schemas.statistical.results import Prediction


class Predictor(Protocol):
    """A loaded model."""

    def predict(self, rows: Sequence[Mapping[str, Cell]]) -> list[Prediction]:
        """Return one prediction per row, in order. Blocks: call it in a thread.

        Raises:
            InvalidCell: a cell does not match; names the first such row and column.
        """
        ...
