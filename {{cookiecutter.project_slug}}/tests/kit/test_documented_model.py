"""Texts below fields are their descriptions, wherever the fields come from."""

from typing import Generic
from typing import TypeVar

from app.kit.documented_model import DocumentedModel

T = TypeVar("T")


class Parent(DocumentedModel):
    """A shape."""

    plain: int
    said: str
    """What is
    said."""


class Child(Parent):
    """A shape with more."""

    more: int
    """More of it."""


class Box(DocumentedModel, Generic[T]):
    """A shape around another."""

    content: T
    """What is in it."""


def descriptions(model: type[DocumentedModel]) -> dict[str, str | None]:
    """Field -> what /docs says of it."""
    fields = model.model_json_schema()["properties"]
    return {name: field.get("description") for name, field in fields.items()}


def test_fields_are_described_by_the_texts_below_them() -> None:
    assert descriptions(Parent) == {"plain": None, "said": "What is\nsaid."}
    assert descriptions(Child) == {**descriptions(Parent), "more": "More of it."}


def test_so_are_those_of_what_is_generic() -> None:
    assert descriptions(Box[int]) == {"content": "What is in it."}
