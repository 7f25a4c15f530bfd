"""The file storage: files are complete or absent, and errors are explained."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest

from app.kit.exceptions import StartupError
from app.kit.project_metadata import ROOT
from app.kit.storage import Storage
from app.kit.storage import StorageUnavailable
from tests.support.storage import new_storage_url
from tests.support.storage import stored_files

SAVE = """
import asyncio, sys
from pathlib import Path
from app.kit.storage import Storage

async def save():
    storage = Storage(sys.argv[1])
    await storage.save("models/small", b"small")
    print("saving", flush=True)
    await storage.save("models/large", Path(sys.argv[2]))
    print("saved", flush=True)

asyncio.run(save())
"""
LARGE_BYTES = 200_000_000


@pytest.fixture
def storage_url(tmp_path: Path) -> str:
    """Return the URL of an empty storage."""
    return new_storage_url(tmp_path)


@pytest.fixture
def storage(storage_url: str) -> Storage:
    """Return an empty storage."""
    return Storage(storage_url)


def list_names(folder: Path) -> set[str]:
    """Return the names of all files and folders in a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


async def test_files_are_saved_read_listed_and_deleted(storage: Storage, tmp_path: Path) -> None:
    (source := tmp_path / "source").write_bytes(b"1" * 12_000_000)
    await storage.save("models/a/path", source)
    await storage.save("models/a/file", BytesIO(b"file"))
    await storage.save("models/b/bytes", b"bytes")
    await storage.save("other/c", b"")
    assert await stored_files(storage) == {"a/path", "a/file", "b/bytes"}
    assert await storage.read("models/a/file") == b"file"
    await storage.download("models/a/path", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()
    await storage.save("models/b/bytes", b"changed")
    assert await storage.read("models/b/bytes") == b"changed"
    await storage.delete_folder("models/a")
    assert await stored_files(storage) == {"b/bytes"}
    assert await storage.read("other/c") == b""


async def test_a_missing_file_is_not_found_and_can_be_deleted(
    storage: Storage, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await storage.read("models/a")
    with pytest.raises(FileNotFoundError):
        await storage.download("models/a", tmp_path / "copy")
    await storage.delete("models/a")
    assert await stored_files(storage) == set()


async def test_the_check_leaves_no_file(storage: Storage) -> None:
    await storage.check()
    assert await stored_files(storage, ".check") == set()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
async def test_a_killed_upload_leaves_nothing_visible(
    storage: Storage, storage_url: str, tmp_path: Path
) -> None:
    (source := tmp_path / "source").write_bytes(b"1" * LARGE_BYTES)
    command = [sys.executable, "-c", SAVE, storage_url, str(source)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"saving\n"
    await asyncio.sleep(0.05)
    process.kill()
    assert await process.stdout.read() == b""
    await process.wait()
    assert await stored_files(storage) == {"small"}


async def test_a_cancelled_upload_leaves_nothing(storage: Storage, tmp_path: Path) -> None:
    (source := tmp_path / "source").write_bytes(b"1" * LARGE_BYTES)
    upload = asyncio.create_task(storage.save("models/large", source))
    await asyncio.sleep(0.02)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert await stored_files(storage) == set()


async def test_partial_uploads_of_killed_processes_are_deleted(tmp_path: Path) -> None:
    storage = Storage((tmp_path / "storage").as_posix())
    await storage.save("models/a/data.csv", b"a\n1\n")
    for name, age_seconds in (("a/model#1", 7200), ("a/model#2", 0), ("b/data.csv#1", 7200)):
        path = tmp_path / "storage" / "models" / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        changed = time.time() - age_seconds
        os.utime(path, (changed, changed))
    assert await stored_files(storage) == {"a/data.csv"}
    await storage.delete_partial_uploads("models", 3600)
    assert list_names(tmp_path / "storage" / "models") == {"a", "a/data.csv", "a/model#2"}


async def test_existing_files_of_a_folder_are_found(tmp_path: Path) -> None:
    storage = Storage((tmp_path / "storage").as_posix())
    (folder := tmp_path / "storage" / "models" / "a").mkdir(parents=True)
    (folder / "data.csv").write_bytes(b"a\n1\n")
    assert await stored_files(storage) == {"a/data.csv"}
    assert await storage.read("models/a/data.csv") == b"a\n1\n"


async def test_a_file_in_place_of_the_folder_stops_the_start(tmp_path: Path) -> None:
    (file := tmp_path / "file").touch()
    with pytest.raises(StartupError) as error:
        await Storage(file.as_posix()).check()
    assert str(error.value).startswith(
        f"STORAGE_URL: {file.as_posix()} cannot be used: File exists"
    )
    assert "Choose a folder" in str(error.value)


async def test_an_unreachable_bucket_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret")
    with pytest.raises(StartupError) as error:
        await Storage("s3://bucket/shop").check()
    message = str(error.value)
    assert message.startswith("STORAGE_URL: s3://bucket/shop cannot be used: Error performing PUT")
    assert "error sending request" in message
    assert "Check the name of the bucket, and the environment variables AWS_" in message
    assert "the-key" not in message
    assert "the-secret" not in message


async def test_a_missing_azure_account_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(StartupError, match="AZURE_STORAGE_ACCOUNT_NAME"):
        await Storage("az://container").check()


async def test_a_bucket_that_does_not_respond_in_time_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # accepts connections only
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
        monkeypatch.setattr("app.kit.storage.CHECK_TIMEOUT_SECONDS", 0.2)
        with pytest.raises(StartupError, match="no response in time"):
            await Storage("s3://bucket").check()


async def test_an_unreachable_bucket_is_an_error_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    storage = Storage("s3://bucket")
    with pytest.raises(StorageUnavailable, match="The file storage is unavailable"):
        await storage.save("models/a", b"a")
    with pytest.raises(StorageUnavailable):
        await storage.download("models/a", tmp_path / "copy")
    with pytest.raises(StorageUnavailable):
        await stored_files(storage)
    assert caplog.text.count("error sending request") == 3
