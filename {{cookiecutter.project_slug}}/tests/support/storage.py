"""The file storage of tests: a folder, or the bucket in TEST_STORAGE_URL."""

import asyncio
import os
from fnmatch import filter as filter_names
from pathlib import Path

from app.ai.statistical.model_files import FOLDER
from app.kit.storage import Storage
from app.utils.ids import new_id
from tests.support.waiting import MAX_WAIT_SECONDS


def new_storage_url(folder: Path) -> str:
    """Return the URL of a storage without files."""
    bucket = os.environ.get("TEST_STORAGE_URL")
    return f"{bucket}/{new_id()}" if bucket else (folder / "storage").as_posix()


async def stored_files(storage: Storage, folder: str = FOLDER) -> set[str]:
    """Return the names of all files in a folder, without that of the folder."""
    chunks = [chunk async for chunk in storage.list(folder)]
    return {file.name.removeprefix(f"{folder}/") for chunk in chunks for file in chunk}


async def until_stored(storage: Storage, *patterns: str, folder: str = FOLDER) -> None:
    """Wait until one file is stored for each pattern, and no other.

    Files are deleted a moment after the end of a training.
    """
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while True:
            names = await stored_files(storage, folder)
            if len(names) == len(patterns) and all(filter_names(names, each) for each in patterns):
                return
            await asyncio.sleep(0.05)
