"""Trained pipelines as files, by skops: unlike pickle, it runs no code that a file brings."""

import hashlib
import os
from pathlib import Path

import skops.io
from sklearn.pipeline import Pipeline

TRUSTED = [
    "app.ai.statistical.dates.DateParts",
    "app.ai.statistical.scaling.BoundedScaler",
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
]
"""The types that a model may consist of besides those that skops knows to be harmless."""


class DamagedModel(Exception):
    """The file is not what was stored, or it is not there."""


def save(pipeline: Pipeline, path: Path) -> str:
    """Write the file in one step, so that nobody reads half of one; return its SHA-256."""
    content = skops.io.dumps(pipeline)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return hashlib.sha256(content).hexdigest()


def load(path: Path, sha256: str) -> Pipeline:
    """Read a file whose SHA-256 is known.

    Raises:
        DamagedModel: the file is missing or was changed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedModel(f"{path} cannot be read: {error}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedModel(f"{path} was changed since it was stored.")
    pipeline = skops.io.loads(content, trusted=TRUSTED)
    if not isinstance(pipeline, Pipeline):
        raise DamagedModel(f"{path} holds no pipeline.")
    return pipeline
