"""Tables as JSON: a list of rows, each an object from column name to value.

OpenAPI declares the values as text, since generated clients cannot express "text or number". Sent
as text, ``"4.5"`` is a number all the same, as in a CSV file; numbers, true and false are accepted
as what they are. ``null``, an empty text, or no value at all means that it is missing.
"""

from typing import Annotated
from typing import Any

from pydantic import Field
from pydantic import PlainValidator
from pydantic import WithJsonSchema

from app.schemas.base import STORABLE
from app.schemas.base import TRIMMED
from app.utils.text import refuse_unstorable

LONGEST_CELL = 10_000
LONGEST_COLUMN = 200
MOST_COLUMNS = 1000
MOST_ROWS = 100_000
MOST_PREDICTED_ROWS = 1000

Cell = str | int | float | bool | None


def _check_cell(value: Any) -> Cell:
    if value is None or isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        raise ValueError("must be text, a number, true, false or null")
    if len(value) > LONGEST_CELL:
        raise ValueError(f"must not be longer than {LONGEST_CELL} characters")
    return refuse_unstorable(value)


ColumnName = Annotated[str, TRIMMED, Field(min_length=1, max_length=LONGEST_COLUMN), STORABLE]

CellValue = Annotated[
    Cell,
    PlainValidator(_check_cell),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_CELL}),
]

Row = dict[ColumnName, CellValue]
