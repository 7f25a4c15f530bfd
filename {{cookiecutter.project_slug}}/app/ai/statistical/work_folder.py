"""The local folder of a training: its table, and the model that it saves."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextlib import suppress
from pathlib import Path

from app.kit.project_metadata import project
from app.kit.tasks import run_to_completion


@asynccontextmanager
async def work_folder() -> AsyncIterator[Path]:
    """Create a temporary folder, and delete it at the end."""
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix=_prefix())
    try:
        yield Path(folder)
    finally:
        await run_to_completion(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


def delete_old_work_folders(max_age_seconds: float) -> None:
    """Delete the folders of killed processes."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_prefix()}*"):
        with suppress(OSError):  # another process deletes it
            if folder.stat().st_mtime < time.time() - max_age_seconds:
                shutil.rmtree(folder)


def _prefix() -> str:
    return f"{project().name}-training-"
