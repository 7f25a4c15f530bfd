"""Save and load pipelines with skops: unlike pickle, it executes no code from the file."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import skops.io
from sklearn.pipeline import Pipeline

from app.ai.statistical.errors import CorruptModelError
from app.ai.statistical.errors import model_too_large
from app.schemas.statistical.results import Library

LIBRARIES = ("scikit-learn", "numpy", "pandas", "skops")

TRUSTED = [
    "app.ai.statistical.pipeline.BoundedScaler",
    "app.ai.statistical.pipeline.DateParts",
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
]
"""The types that a model may contain in addition to those that skops trusts itself."""


class SavedModel(NamedTuple):
    """The hash and the size of a file."""

    sha256: str
    size_bytes: int


def save(pipeline: Pipeline, path: Path, max_bytes: int) -> SavedModel:
    """Write a local file.

    Raises:
        TrainingError: the file would be larger than ``max_bytes``; nothing is written.
    """
    content = skops.io.dumps(pipeline)
    if len(content) > max_bytes:
        raise model_too_large(len(content), max_bytes)
    path.write_bytes(content)
    return SavedModel(hashlib.sha256(content).hexdigest(), len(content))


def load(content: bytes, sha256: str) -> Pipeline:
    """Load the content of a file with this SHA-256.

    Raises:
        CorruptModelError: the content was changed.
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CorruptModelError("The file was changed since it was saved.")
    pipeline = skops.io.loads(content, trusted=TRUSTED)
    if not isinstance(pipeline, Pipeline):
        raise CorruptModelError("The file does not contain a pipeline.")
    return pipeline


def installed_libraries() -> list[Library]:
    """Return the installed versions of the libraries that a saved model depends on."""
    return [Library(name=name, version=version(name)) for name in LIBRARIES]


def incompatibility(trained_with: list[Library]) -> str | None:
    """Return why a model cannot be loaded with the installed libraries; None if it can.

    scikit-learn guarantees no compatibility of saved models between its versions. This rejects
    another feature release (1.9 and 1.10), and accepts another bug fix release.
    """
    name = LIBRARIES[0]
    trained = next(library.version for library in trained_with if library.name == name)
    installed = version(name)
    if trained.split(".")[:2] == installed.split(".")[:2]:
        return None
    return (
        f"The model was trained with {name} {trained}, but {installed} is installed. "
        "Train it again."
    )
