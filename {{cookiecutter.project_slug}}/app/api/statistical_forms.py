"""CSV files with their fields, as multipart forms, and how they reach the disk."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from typing import Any

from fastapi import UploadFile
from pydantic import BeforeValidator
from pydantic import Field

from app.schemas.base import RequestModel
from app.schemas.statistical.training import Features
from app.schemas.statistical.training import TrainingRequest


def _split(values: Any) -> Any:
    """Clients whose forms cannot repeat a field send JSON, or names with commas between."""
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        return values
    if values[0].lstrip().startswith("["):
        try:
            return json.loads(values[0])
        except (ValueError, RecursionError):
            raise ValueError("must be a JSON list, or names with commas between") from None
    return [part for part in values[0].split(",") if part.strip()]


class TrainingFromCsv(TrainingRequest):
    """What to learn, and the file to learn from."""

    features: Annotated[Features, BeforeValidator(_split)] = Field(default_factory=list)
    """The columns to learn from; by default all but the target. One field for each, or a single
    one with commas between, or with a JSON list."""
    file: UploadFile
    """CSV of any usual encoding and separator; its first line names the columns."""


class DescribeCsv(RequestModel):
    """A file to describe."""

    file: UploadFile
    """CSV of any usual encoding and separator; its first line names the columns."""


def to_disk(file: UploadFile) -> Callable[[Path], None]:
    """Copies a file to a path. Blocks: call it in a thread."""

    def copy(path: Path) -> None:
        with path.open("wb") as target:
            shutil.copyfileobj(file.file, target)

    return copy
