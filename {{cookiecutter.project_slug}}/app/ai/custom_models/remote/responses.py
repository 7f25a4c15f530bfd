"""Converts the responses of model servers. Every response is validated: it comes from outside.

The functions raise ValueError, KeyError, TypeError or IndexError for an invalid response.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic import FiniteFloat
from pydantic import TypeAdapter

from app.ai.custom_models.classification import to_classification
from app.schemas.custom_models import BoundingBox
from app.schemas.custom_models import Classification
from app.schemas.custom_models import DetectedObject
from app.schemas.custom_models import Detection
from app.schemas.custom_models import EntityList
from app.schemas.custom_models import TextEntity

DECIMALS = 7
"""The precision of a float32 below 1. More decimals would only double the size of a response."""


class Score(BaseModel):
    """A label with its score."""

    label: str
    score: FiniteFloat


class Box(BaseModel):
    """A rectangle in pixels of the image that was sent."""

    xmin: FiniteFloat
    ymin: FiniteFloat
    xmax: FiniteFloat
    ymax: FiniteFloat


class BoxedScore(Score):
    """A label with its score and place."""

    box: Box


_SCORES = TypeAdapter(list[Score])
_BOXED_SCORES = TypeAdapter(list[BoxedScore])


def to_scores(data: Any) -> Classification:
    """Convert a list of mappings with ``label`` and ``score``."""
    return to_classification(each.model_dump() for each in _SCORES.validate_python(data))


def to_vectors(data: Any, count: int) -> list[Any]:
    """Convert a matrix to one vector of length 1 for each text."""
    import numpy

    matrix = numpy.array(data, dtype="float64")
    if matrix.ndim != 2 or len(matrix) != count or not numpy.isfinite(matrix).all():
        raise ValueError(f"an array of the shape {matrix.shape} instead of {count} vectors")
    lengths = numpy.linalg.norm(matrix, axis=1, keepdims=True)
    return list((matrix / numpy.where(lengths, lengths, 1)).round(DECIMALS))


def to_entities(text: str, elements: Iterable[Any]) -> EntityList:
    """Convert the elements of token classification."""
    return EntityList(entities=[_to_entity(text, each) for each in elements])


def _to_entity(text: str, element: Any) -> TextEntity:
    if not 0 <= element.start <= element.end <= len(text):
        raise ValueError("an entity outside of the text")
    return TextEntity(
        label=element.entity_group or element.entity,
        text=text[element.start : element.end],
        start=element.start,
        end=element.end,
        score=element.score,
    )


def to_detection(data: Any, scale: float, threshold: float) -> Detection:
    """Convert the objects in an image. Boxes are in pixels of the uploaded image."""
    objects = [
        DetectedObject(
            label=each.label,
            score=each.score,
            box=BoundingBox(**{edge: round(pixels / scale) for edge, pixels in each.box}),
        )
        for each in _BOXED_SCORES.validate_python(data)
        if each.score >= threshold
    ]
    return Detection(objects=sorted(objects, key=lambda each: each.score, reverse=True))


def to_text(data: Any) -> str:
    """Require a string."""
    if not isinstance(data, str):
        raise TypeError(f"{type(data).__name__} instead of a string")
    return data
