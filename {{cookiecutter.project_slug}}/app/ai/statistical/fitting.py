"""What every kind of training hands back."""

from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Fitted:
    """A trained pipeline, and the fields of ``TrainingResult`` that its training knows."""

    pipeline: Pipeline
    told: dict[str, Any]


NOTHING: dict[str, Any] = {
    "labels": [],
    "metrics": [],
    "candidates": [],
    "confusion_matrix": None,
    "residuals": [],
    "importance": [],
    "groups": [],
}
"""What is told when a training has nothing to say about it."""
