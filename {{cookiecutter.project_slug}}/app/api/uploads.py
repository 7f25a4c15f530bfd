"""Files that clients send: their limits of size, and how they reach the disk."""

import shutil
from collections.abc import Callable
from pathlib import Path

from fastapi import UploadFile

from app.core.config import Settings

STATISTICAL = "/api/v1/ai/statistical"


def upload_limits(settings: Settings) -> dict[str, int]:
    """The paths that take more than ``MAX_BODY_BYTES``, and how many bytes."""
    csv = (f"{STATISTICAL}/models/csv", f"{STATISTICAL}/describe/csv")
    return dict.fromkeys(csv, settings.table_max_bytes)


def to_disk(file: UploadFile) -> Callable[[Path], None]:
    """Copies a file to a path. Blocks: call it in a thread."""

    def copy(path: Path) -> None:
        with path.open("wb") as target:
            shutil.copyfileobj(file.file, target)

    return copy
