"""Tables as JSON: a list of rows, each an object from column name to value.

As in a CSV file, the text ``"4.5"`` is a number. ``null``, an empty text and an absent column are
missing values. Validation stops at the first invalid cell: a body may have 90,000 of them.
"""

from typing import Annotated
from typing import Any

from pydantic import FailFast
from pydantic import Field
from pydantic import PlainValidator
from pydantic import WithJsonSchema

from app.kit.schemas import STORABLE
from app.kit.schemas import TRIMMED
from app.kit.text import reject_unstorable

MAX_CELL_CHARACTERS = 10_000
MAX_NAME_CHARACTERS = 200
MAX_COLUMNS = 1000
MAX_ROWS = 100_000
MAX_PREDICTED_ROWS = 1000
ROW_SCHEMA = {
    "description": "An object from column name to value: text, a number, true, false or null.",
}
"""Has no type: the Dart code that openapi-generator writes for a list of maps does not compile."""

Cell = str | int | float | bool | None


def _validate_cell(value: Any) -> Cell:
    if value is None or isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        raise ValueError("must be text, a number, true, false or null")
    if len(value) > MAX_CELL_CHARACTERS:
        raise ValueError(f"must not be longer than {MAX_CELL_CHARACTERS} characters")
    return reject_unstorable(value)


ColumnName = Annotated[str, TRIMMED, Field(min_length=1, max_length=MAX_NAME_CHARACTERS), STORABLE]

CellValue = Annotated[Cell, PlainValidator(_validate_cell)]

Row = Annotated[dict[ColumnName, CellValue], FailFast(), WithJsonSchema(ROW_SCHEMA)]

HOUSES = [
    {"rooms": str(rooms), "town": town, "price": str(base_price + 50_000 * rooms)}
    for rooms in range(1, 7)
    for town, base_price in (("Rome", 40_000), ("Ulm", 15_000))
]
"""Example rows."""

Rows = Annotated[list[Row], FailFast(), Field(min_length=1, max_length=MAX_ROWS, examples=[HOUSES])]
