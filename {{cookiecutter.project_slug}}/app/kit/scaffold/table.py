"""The command ``app new table``."""

import re
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import click

from app.kit.project_metadata import ROOT
from app.kit.scaffold.columns import Column
from app.kit.scaffold.columns import check_name
from app.kit.scaffold.columns import parse_columns
from app.kit.scaffold.files import add_below
from app.kit.scaffold.files import require_ruff
from app.kit.scaffold.files import tidy

TEMPLATES = Path(__file__).parent / "templates"
FILES = {
    "model.txt": "app/models/$one.py",
    "schemas.txt": "app/schemas/$many.py",
    "repository.txt": "app/repositories/$many.py",
    "service.txt": "app/services/$many.py",
    "dependencies.txt": "app/api/deps/$many.py",
    "endpoints.txt": "app/api/v1/endpoints/$many.py",
    "test.txt": "tests/integration/test_$many.py",
    "test_ownership.txt": "tests/integration/accounts/test_${many}_ownership.py",  # %if jwt
}
"""Template -> path of the new file."""

LINES = (
    ("app/models/__init__.py", "# Your tables:", "from app.models.$one import $One as $One"),
    (
        "app/api/v1/router.py",
        "# Your endpoints:",
        "from app.api.v1.endpoints import $many",
    ),
    ("app/api/v1/router.py", "# Your paths:", "router.include_router($many.router)"),
)
"""Added lines: file, existing line above, new line."""

IMPORTED = {"Annotated", "Base", "Decimal", "Depends", "Double", "Field", "LongText", "Mapped"}
IMPORTED |= {"Numeric", "Owned", "Page", "Query", "Response", "Router", "AccessScope", "String"}
"""Names of classes that the new files import, which a model must not have."""

ENDINGS = {"ies": "y", "sses": "ss", "xes": "x", "zes": "z", "ches": "ch", "shes": "sh", "s": ""}


@dataclass(frozen=True)
class Names:
    """The names of a table and of one of its rows."""

    many: str
    one: str

    def functions(self) -> re.Pattern[str]:
        """Return a pattern for functions with the name of a new endpoint."""
        verbs = "create|read|update|delete"
        return re.compile(rf"^async def (list_{self.many}|(?:{verbs})_{self.one})\(", re.MULTILINE)

    def values(self) -> dict[str, str]:
        """Return the variables of the templates."""
        return {
            "many": self.many,
            "one": self.one,
            "Many": _class_name(self.many),
            "One": _class_name(self.one),
            "MANY": self.many.upper(),
            "many_words": self.many.replace("_", " "),
            "one_words": self.one.replace("_", " "),
            "Many_words": self.many.replace("_", " ").capitalize(),
            "path": self.many.replace("_", "-"),
        }


@click.group()
def new() -> None:
    """Add code to this project."""


@new.command()
@click.argument("name")
@click.argument("columns", nargs=-1)
@click.option("--singular", help="Name of one row, such as person for people.")
def table(name: str, columns: tuple[str, ...], singular: str | None) -> None:
    """Add a table with its paths and tests: uv run app new table notes text:str done:bool.

    A column has a name and a type: str, text, int, float, bool, decimal, date, datetime or uuid;
    a question mark after the type allows NULL, such as 'due:date?'.
    """
    require_ruff()
    check_name(name, "a table")
    names = Names(name, singular or _singular(name))
    check_name(names.one, "one row")
    parsed = parse_columns(columns)
    texts = _render(names, parsed)
    _check_free(ROOT, names, texts)
    _check_lines(ROOT)
    for target, text in texts.items():
        (ROOT / target).write_text(text, encoding="utf-8")
    for target, above, line in LINES:
        add_below(ROOT / target, above, Template(line).substitute(names.values()))
    changed = sorted({target for target, _, _ in LINES})
    tidy(ROOT, [*texts, *changed])
    click.echo(_report(names, list(texts), changed))


def _singular(name: str) -> str:
    for ending, replacement in ENDINGS.items():
        if name.endswith(ending) and not name.endswith(("ss", "us")) and name != ending:
            return name.removesuffix(ending) + replacement
    raise click.ClickException(
        f"The singular of {name} is unknown; set --singular, such as person for people."
    )


def _class_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _render(names: Names, columns: Sequence[Column]) -> dict[str, str]:
    """Return the path and the text of every file."""
    values = {
        **names.values(),
        "limits": "\n".join(column.limit_line for column in columns if column.limit_line),
        "limit_imports": "\n".join(
            f"from app.models.{names.one} import {column.limit}"
            for column in columns
            if column.limit_line
        ),
        "model_lines": _indented(column.model_line for column in columns),
        "create_lines": _indented(column.create_line for column in columns),
        "update_lines": _indented(column.update_line for column in columns),
        "read_lines": _indented(column.read_line for column in columns),
        "example": _dictionary((column.name, column.type.example) for column in columns),
        "change": _dictionary((column.name, column.type.change) for column in columns),
    }
    return {
        Template(target).substitute(values): Template(
            (TEMPLATES / name).read_text(encoding="utf-8")
        ).substitute(values)
        for name, target in FILES.items()
    }


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)


def _dictionary(items: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in items) + "}"


def _check_free(root: Path, names: Names, targets: Iterable[str]) -> None:
    if names.one == names.many:
        raise click.ClickException("A row needs another name than its table; set --singular.")
    if (model := _class_name(names.one)) in IMPORTED:
        raise click.ClickException(
            f"A class {model} would hide one that the files import; choose another --singular."
        )
    for path in sorted((root / "app" / "models").glob("*.py")):
        if f'__tablename__ = "{names.many}"' in path.read_text(encoding="utf-8"):
            raise click.ClickException(
                f"{path.relative_to(root).as_posix()} already has a table {names.many!r}; "
                "choose another name."
            )
    for path in sorted((root / "app" / "api" / "v1" / "endpoints").glob("*.py")):
        if found := names.functions().search(path.read_text(encoding="utf-8")):
            raise click.ClickException(
                f"{path.relative_to(root).as_posix()} already has a function {found[1]!r}; "
                "choose another name."
            )
    for target in targets:
        if (root / target).exists():
            raise click.ClickException(f"{target} already exists; choose another name.")


def _check_lines(root: Path) -> None:
    for target, above, _ in LINES:
        if (root / target).read_text(encoding="utf-8").splitlines().count(above) != 1:
            raise click.ClickException(
                f"Nothing was written: {target} must have the line {above!r} once, "
                "because new lines are added below it."
            )


def _report(names: Names, written: Sequence[str], changed: Sequence[str]) -> str:
    files = "\n".join(f"  {path}" for path in (*written, *changed))
    return f"""\
The singular of {names.many} is {names.one}; --singular sets another word.
Added or changed:
{files}
Next, review them, and add the table to the database:
  uv run app migrate
  uv run alembic revision --autogenerate -m {names.many}
  uv run app migrate
  uv run pytest tests/integration/test_{names.many}.py"""
