"""Builds classifications from labels and scores."""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from app.ai.custom_models.port import InvalidModelInput
from app.schemas.custom_models import Classification
from app.schemas.custom_models import LabelScore

MAX_SCORES = 20
"""Maximum number of labels in a response."""


def to_classification(scores: Iterable[Mapping[str, Any]]) -> Classification:
    """Convert mappings with ``label`` and ``score``, to a response.

    Raises:
        InvalidModelInput: the model returned no label.
    """
    ranked = sorted(
        (LabelScore(label=str(each["label"]), score=float(each["score"])) for each in scores),
        key=lambda each: each.score,
        reverse=True,
    )[:MAX_SCORES]
    if not ranked:
        raise InvalidModelInput("The model returned no label for this input.")
    return Classification(label=ranked[0].label, score=ranked[0].score, scores=ranked)
