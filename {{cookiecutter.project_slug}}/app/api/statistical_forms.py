"""CSV files with their fields, as multipart forms."""

import json
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
    """What to learn, and the CSV file to learn from: its first line names the columns."""

    features: Annotated[Features, BeforeValidator(_split)] = Field(default_factory=list)
    file: UploadFile


class DescribeCsv(RequestModel):
    """A CSV file to describe."""

    file: UploadFile
