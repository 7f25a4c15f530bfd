"""Parses the columns of ``app new table``: a name, a type, and ``?`` to allow NULL."""

import keyword
import re
from dataclasses import dataclass

import click

from app.kit.schemas import ResponseModel

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MAX_NAME_LENGTH = 40
TAKEN = {"id", "created_at", "updated_at", "metadata", "registry"}
TAKEN |= {"owner_id"}  # %if jwt
"""Attributes that every model already has."""

TYPE_NAMES = {"bool", "date", "datetime", "float", "int", "str"}
"""Names that columns cannot have, because they would shadow the type in the class."""


@dataclass(frozen=True)
class ColumnType:
    """A column type: its code in the model and the schemas, and two example values as JSON."""

    python: str
    schema: str
    column: str = ""
    max_length: int = 0
    example: str = ""
    change: str = ""


TYPES = {
    "str": ColumnType(
        "str",
        "Annotated[str, TRIMMED, Field(min_length=1, max_length={limit}), STORABLE]",
        "String({limit})",
        max_length=200,
        example='"Tea"',
        change='"Coffee"',
    ),
    "text": ColumnType(
        "str",
        "Annotated[str, Field(max_length={limit}), STORABLE]",
        "LongText()",
        max_length=10_000,
        example='"A long text"',
        change='"Another text"',
    ),
    "int": ColumnType(
        "int", "Annotated[int, Field(ge=-(2**31), lt=2**31)]", example="1", change="2"
    ),
    "float": ColumnType(
        "float",
        "Annotated[float, Field(allow_inf_nan=False)]",
        "Double()",
        example="1.5",
        change="2.5",
    ),
    "bool": ColumnType("bool", "bool", example="False", change="True"),
    "decimal": ColumnType(
        "Decimal",
        "Annotated[Decimal, Field(max_digits=12, decimal_places=2), "
        'AfterValidator(lambda amount: amount.quantize(Decimal("0.01"))), '
        'WithJsonSchema({{"type": "string"}})]',
        "Numeric(12, 2)",
        example='"9.90"',
        change='"10.00"',
    ),
    "date": ColumnType("date", "date", example='"2030-01-31"', change='"2030-02-28"'),
    "datetime": ColumnType(
        "datetime",
        "UtcMoment",
        "UtcDateTime()",
        example='"2030-01-31T12:00:00Z"',
        change='"2030-02-28T12:00:00Z"',
    ),
    "uuid": ColumnType(
        "UUID",
        "UUID",
        example='"01890a5d-ac96-774b-bcce-b302099a8057"',
        change='"01890a5d-ac96-774b-bcce-b302099a8058"',
    ),
}


@dataclass(frozen=True)
class Column:
    """A column of a new table."""

    name: str
    type: ColumnType
    is_nullable: bool

    @property
    def limit(self) -> str:
        """Return the name of the constant for the maximum length."""
        return f"{self.name.upper()}_LENGTH"

    @property
    def limit_line(self) -> str:
        """Return the line that defines this constant; empty if there is none."""
        return f"{self.limit} = {self.type.max_length:_}" if self.type.max_length else ""

    @property
    def model_line(self) -> str:
        """Return the attribute of the model."""
        null = " | None" if self.is_nullable else ""
        column = self.type.column.format(limit=self.limit)
        value = f" = mapped_column({column})" if column else ""
        return f"{self.name}: Mapped[{self.type.python}{null}]{value}"

    @property
    def create_line(self) -> str:
        """Return the field of the create schema."""
        return f"{self.name}: {self._schema}" + (" | None = None" if self.is_nullable else "")

    @property
    def update_line(self) -> str:
        """Return the field of the update schema."""
        default = " | None = None" if self.is_nullable else " = optional()"
        return f"{self.name}: {self._schema}{default}"

    @property
    def read_line(self) -> str:
        """Return the field of the read schema."""
        return f"{self.name}: {self.type.python}" + (" | None" if self.is_nullable else "")

    @property
    def _schema(self) -> str:
        return self.type.schema.format(limit=self.limit)


def parse_columns(texts: tuple[str, ...]) -> list[Column]:
    """Parse columns such as ``title:str`` and ``due:date?``.

    Raises:
        ClickException: a column is invalid; the message names it and the reason.
    """
    if not texts:
        raise click.ClickException("Give the columns and their types, such as text:str done:bool.")
    columns = [_parse(text) for text in texts]
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise click.ClickException(f"The column {name!r} is given twice; remove one.")
    return columns


def check_name(name: str, what: str) -> None:
    """Check the name of a table, a row, or a column.

    Raises:
        ClickException: the name is not valid in Python and every database.
    """
    if not NAME.fullmatch(name):
        raise click.ClickException(
            f"{name!r} is not a valid name for {what}; use lower-case letters, digits and single "
            "underscores, such as meeting_notes."
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise click.ClickException(f"{name!r} is a Python keyword; choose another name.")
    if len(name) > MAX_NAME_LENGTH:
        raise click.ClickException(
            f"{name!r} is too long for {what}; use at most {MAX_NAME_LENGTH} characters."
        )


def _parse(text: str) -> Column:
    name, _, kind = text.partition(":")
    check_name(name, "a column")
    if name in TYPE_NAMES:
        raise click.ClickException(f"A column cannot be called {name!r}: it is a Python type.")
    if name in TAKEN or hasattr(ResponseModel, name):
        raise click.ClickException(
            f"A column cannot be called {name!r}: every table or schema already has that name."
        )
    type_name = kind.removesuffix("?")
    if type_name not in TYPES:
        fault = f"{type_name!r} is not a type" if type_name else f"The column {name!r} has no type"
        raise click.ClickException(
            f"{fault}; write it as in {name}:str, without spaces. The types are "
            f"{', '.join(TYPES)}, and ? after a type allows NULL ('{name}:str?')."
        )
    return Column(name, TYPES[type_name], is_nullable=kind.endswith("?"))
