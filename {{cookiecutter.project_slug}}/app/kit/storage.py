"""Files that outlive a request, in a folder or in a bucket (Amazon S3, Google Cloud, Azure).

A file has a name such as ``models/1/data.csv``. It is written completely or not at all.
"""

import asyncio
import logging
import os
import re
import time
import weakref
from collections.abc import AsyncIterator
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from contextlib import suppress
from datetime import timedelta
from functools import cache
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from typing import BinaryIO
from typing import NamedTuple
from uuid import uuid4

from obstore.exceptions import BaseError
from obstore.store import LocalStore
from obstore.store import from_url

from app.kit.config.storage import StorageSettings
from app.kit.exceptions import StartupError
from app.kit.exceptions import Unavailable

if TYPE_CHECKING:
    from obstore.store import ClientConfig
    from obstore.store import ObjectStore
    from obstore.store import RetryConfig

EXIT_PAUSE_SECONDS = 0.2
CHECK_FOLDER = ".check"
CHECK_TIMEOUT_SECONDS = 30
LIST_SIZE = 500
PARTIAL_UPLOAD = re.compile(r".+#\d+")
"""The name of a file that obstore is writing, or that a killed process left."""

CLIENT: "ClientConfig" = {
    "allow_http": True,  # a server of your own; the URL of a provider is https
    "connect_timeout": "5s",
    "read_timeout": "30s",
    "timeout": "1h",  # of a whole file
}
RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=15)}

HINTS = {
    "s3": "Check the name of the bucket, and the environment variables AWS_ACCESS_KEY_ID, "
    "AWS_SECRET_ACCESS_KEY, AWS_REGION and, for a provider other than Amazon, AWS_ENDPOINT_URL.",
    "gs": "Check the name of the bucket, and the environment variable "
    "GOOGLE_APPLICATION_CREDENTIALS, the path of a key file.",
    "az": "Check the name of the container, and the environment variables "
    "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY.",
}
FOLDER_HINT = "Choose a folder in which this process may create files."

ERROR_XML = re.compile(r"<Code>([^<]*)</Code>\s*<Message>([^<]*)</Message>")
NOISE = re.compile(r"^Generic \w+ error: | in [\d.]+[^ ]*s(?:, after [^-]*)? *(?= - )")
"""Parts of messages of obstore that help nobody."""

CAUSE = re.compile(r"(?:message|error): \"([^\"]+)\"")

logger = logging.getLogger(__name__)


class StorageUnavailable(Unavailable):
    """The storage does not respond, or rejects the request; the log says why."""

    detail = "The file storage is unavailable. Try again soon."


class StoredFile(NamedTuple):
    """The name of a file, and its age."""

    name: str
    age_seconds: float


class Storage:
    """A folder or a bucket. Creating it connects to nothing.

    All methods raise ``StorageUnavailable`` if the storage does not respond.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._scheme, _, self._is_bucket = url.partition("://")

    @cached_property
    def _store(self) -> "ObjectStore":
        _pause_at_exit()
        if self._is_bucket:
            return from_url(self._url, client_options=CLIENT, retry_config=RETRIES)
        return LocalStore(self._url, automatic_cleanup=True, mkdir=True)

    async def check(self) -> None:
        """Write, list and delete a file.

        Raises:
            StartupError: names the setting, and says what to check.
        """
        name = f"{CHECK_FOLDER}/{uuid4()}"
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
                await self._store.put_async(name, b"", use_multipart=False)
                await self._store.list(CHECK_FOLDER).collect_async()
                await self._store.delete_async(name)
        except Exception as error:  # obstore has no common base class
            hint = HINTS[self._scheme] if self._is_bucket else FOLDER_HINT
            raise StartupError(
                f"STORAGE_URL: {self._url} cannot be used: {_reason(error)}\n{hint}"
            ) from None

    async def save(self, name: str, content: Path | BinaryIO | bytes) -> None:
        """Write a file atomically."""
        with _storage_errors():
            await self._store.put_async(name, content)
            if not self._is_bucket:
                await asyncio.to_thread(_flush, Path(self._url) / name)

    async def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            FileNotFoundError: there is no such file.
        """
        with _storage_errors(FileNotFoundError):
            found = await self._store.get_async(name)
            return (await found.bytes_async()).to_bytes()

    async def download(self, name: str, path: Path) -> None:
        """Copy a file to a local path, in chunks.

        Raises:
            FileNotFoundError: there is no such file.
        """
        with _storage_errors(FileNotFoundError):
            found = await self._store.get_async(name)
            with await asyncio.to_thread(path.open, "wb") as file:
                async for chunk in found.stream():
                    await asyncio.to_thread(file.write, chunk)

    async def list(self, folder: str) -> AsyncIterator[Sequence[StoredFile]]:
        """Yield all files of a folder and its subfolders, some hundreds at a time."""
        with _storage_errors():
            async for chunk in self._store.list(folder, chunk_size=LIST_SIZE):
                now = time.time()
                yield [
                    StoredFile(each["path"], now - each["last_modified"].timestamp())
                    for each in chunk
                ]

    async def delete(self, name: str) -> None:
        """Delete a file; it may be missing."""
        with _storage_errors(FileNotFoundError), suppress(FileNotFoundError):
            await self._store.delete_async(name)

    async def delete_folder(self, folder: str) -> None:
        """Delete all files of a folder and its subfolders."""
        async for files in self.list(folder):
            for file in files:
                await self.delete(file.name)

    async def delete_partial_uploads(self, folder: str, age_seconds: float) -> None:
        """Delete what killed processes have written of files in a local folder.

        A bucket needs a lifecycle rule for that.
        """
        if not self._is_bucket:
            root = Path(self._url) / folder
            await asyncio.to_thread(_delete_partial_uploads, root, time.time() - age_seconds)


@cache
def _pause_at_exit() -> None:
    """Wait at the end of the process, once.

    Threads of obstore use Python objects for some milliseconds after each call. If Python exits in
    this moment, they abort the process (github.com/PyO3/pyo3-async-runtimes/issues/40).
    """
    weakref.finalize(Storage, time.sleep, EXIT_PAUSE_SECONDS)


def check_storage(settings: StorageSettings) -> None:
    """Check the storage before the server starts.

    Raises:
        StartupError: names the setting, and says what to check.
    """
    asyncio.run(Storage(settings.storage_url).check())


def _flush(path: Path) -> None:
    """Make sure that a power failure does not empty a new file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _delete_partial_uploads(root: Path, before: float) -> None:
    for folder, _, names in os.walk(root, topdown=False):
        for name in filter(PARTIAL_UPLOAD.fullmatch, names):
            path = Path(folder) / name
            with suppress(OSError):  # another process deletes it
                if path.stat().st_mtime < before:
                    path.unlink()
                    path.parent.rmdir()  # fails while there are other files


@contextmanager
def _storage_errors(*expected: type[Exception]) -> Iterator[None]:
    try:
        yield
    except expected:
        raise
    except (BaseError, OSError) as error:
        logger.error("the file storage failed: %s", _reason(error))
        raise StorageUnavailable from None


def _reason(error: Exception) -> str:
    """Return the message of a server or of the operating system, without keys and signatures."""
    if isinstance(error, TimeoutError):
        return "no response in time"
    text, _, source = str(error).partition("\n\nDebug source:")
    if xml := ERROR_XML.search(text):
        return f"{xml[1]}: {xml[2]}"
    cause = CAUSE.findall(source)
    message = NOISE.sub("", text.partition("\n")[0].strip())
    return ": ".join([message, *cause[-1:]])
