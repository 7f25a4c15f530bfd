"""The examples of the OpenAPI document, as /docs offers them."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from typing import NamedTuple

REFERENCE = "#/components/schemas/"
HOUSES = b"rooms,town,price\n" + b"\n".join(
    b"%d,%s,%d" % (rooms, town, cheapest + 50_000 * rooms)
    for rooms in range(1, 11)
    for town, cheapest in ((b"Rome", 40_000), (b"Ulm", 15_000))
)
"""What is sent for a file: a table of the columns that the examples name."""


class Example(NamedTuple):
    """A request with a body: where it goes, and how a client of httpx sends it."""

    method: str
    path: str
    body: dict[str, Any]


def examples(document: dict[str, Any]) -> Iterator[Example]:
    """Every request of the document that has an example, in its order."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation:
                with suppress(KeyError):  # without one, /docs makes something up
                    content = operation["requestBody"]["content"]
                    yield Example(method, path, _body(content, document))


def _body(content: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    ((media_type, described),) = content.items()
    fields = _sample(described["schema"], document)
    if media_type == "application/json":
        return {"json": fields}
    files = {name: HOUSES for name in fields if fields[name] is HOUSES}
    texts = {name: fields[name] for name in fields if name not in files}
    return {"data": texts, "files": files} if files else {"data": texts}


def _sample(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """What /docs fills in.

    Raises:
        KeyError: nobody has said what.
    """
    if "examples" in schema:
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if "contentMediaType" in schema:
        return HOUSES
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE)
        return _sample(document["components"]["schemas"][name], document)
    return {name: _sample(field, document) for name, field in schema["properties"].items()}
