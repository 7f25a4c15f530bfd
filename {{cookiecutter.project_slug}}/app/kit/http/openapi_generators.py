"""Additions to the OpenAPI document that client generators need beyond the standard."""

import re
from typing import Any


def complete_for_generators(document: dict[str, Any]) -> None:
    """Modify the document in place, so that clients generated from it compile."""
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                _drop_default_of_reference(parameter["schema"])
    schemas = document["components"]["schemas"]
    _mark_files(schemas)
    for schema in schemas.values():
        _name_enum_values(schema)


def _drop_default_of_reference(schema: dict[str, Any]) -> None:
    """Remove the default of an enum: dart-dio copies it verbatim into the code."""
    if "$ref" in schema:
        schema.pop("default", None)


def _mark_files(part: Any) -> None:
    """Add ``format: binary`` to every file, by which most generators recognize files.

    FastAPI writes only ``contentMediaType`` (JSON Schema 2020-12).
    """
    if isinstance(part, dict):
        if part.get("contentMediaType") == "application/octet-stream":
            part["format"] = "binary"
        for inner in part.values():
            _mark_files(inner)
    elif isinstance(part, list):
        for inner in part:
            _mark_files(inner)


def _name_enum_values(schema: dict[str, Any]) -> None:
    """Name the values of sort enums: generators turn ``-created_at`` into ``createdAt2``."""
    values = schema.get("enum", ())
    if any(str(value).startswith("-") for value in values):
        schema["x-enum-varnames"] = [_variable_name(str(value)) for value in values]


def _variable_name(value: str) -> str:
    """Return ``createdAtDesc`` for ``-created_at``."""
    name = re.sub(r"_(\w)", lambda found: found[1].upper(), value.removeprefix("-"))
    return f"{name}Desc" if value.startswith("-") else name
