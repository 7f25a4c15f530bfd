"""Fields that are described in /docs by the texts which stand below them in the source.

Pydantic has an option for that, which reads the source of every class at every start. Here it is
read when the OpenAPI document is made. Parameters of an address are taken apart by FastAPI before
that: they name their description themselves.
"""

import ast
import inspect
from itertools import pairwise
from textwrap import dedent
from typing import Any

from pydantic import BaseModel
from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue


class DocumentedModel(BaseModel):
    """A shape whose fields are described."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema, with descriptions."""
        schema = handler(core_schema)
        fields = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in _texts(cls).items():
            if name in fields:
                fields[name].setdefault("description", text)
        return schema


def _texts(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the text below it, of the class itself or of what it is made from."""
    texts: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, DocumentedModel):
            texts |= _own_texts(each)
    return texts


def _own_texts(model: type[BaseModel]) -> dict[str, str]:
    try:
        source = inspect.getsource(model)
    except (OSError, TypeError):  # made while the program runs, such as what is generic
        return {}
    (definition,) = ast.parse(dedent(source)).body
    assert isinstance(definition, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(definition.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(text.value.value, str)
    }
