"""A base model whose attribute docstrings become the descriptions of fields in /docs.

Pydantic's ``use_attribute_docstrings`` reads the source of every class at every start. Here it is
read when the OpenAPI document is built. FastAPI reads query parameters earlier, so those need
``Field(description=…)``.
"""

import ast
import gc
import inspect
from itertools import pairwise
from textwrap import dedent
from typing import Any

from pydantic import BaseModel
from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue


class DocumentedModel(BaseModel):
    """A model whose attribute docstrings describe its fields."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema with descriptions."""
        schema = handler(core_schema)
        fields = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in _texts(cls).items():
            if name in fields:
                fields[name].setdefault("description", text)
        return schema


def _texts(model: type[BaseModel]) -> dict[str, str]:
    """Map each field of the class and its bases to its docstring."""
    texts: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, DocumentedModel):
            texts |= _own_texts(each)
    return texts


def _own_texts(model: type[BaseModel]) -> dict[str, str]:
    try:
        source = inspect.getsource(model)
    except (OSError, TypeError):  # created at run time, such as a parametrized generic
        return {}
    # Python 3.11 raises SystemError if garbage collection runs Python code while it parses.
    gc.disable()
    try:
        (definition,) = ast.parse(dedent(source)).body
    finally:
        gc.enable()
    assert isinstance(definition, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(definition.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(text.value.value, str)
    }
