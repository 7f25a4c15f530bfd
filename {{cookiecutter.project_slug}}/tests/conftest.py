"""Fixtures of all tests: isolation from the developer's machine, and databases."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.settings import isolate
from tests.support.settings import sqlite_url


@pytest.fixture(scope="session", autouse=True)
def isolation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the developer's settings out of the tests, and the tests out of their data."""
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, tmp_path_factory.mktemp("isolated"))
        yield


@pytest.fixture(autouse=True)
def same_log() -> Iterator[None]:
    """Every application sets up the log of its process; afterwards it is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def migrated(isolation: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str | Path]:
    """Tables to start from: a SQLite file to copy, or the URL of a database on the server."""
    server = databases.server()
    if server is None:
        path = tmp_path_factory.mktemp("database") / "migrated.db"
        databases.migrate(sqlite_url(path))
        yield path
        return
    with databases.scratch_database(server) as url:
        databases.migrate(url)
        yield url


@pytest.fixture
async def database_url(migrated: str | Path, tmp_path: Path) -> str:
    """A database with every table and no row."""
    if isinstance(migrated, Path):
        copy = tmp_path / "test.db"
        shutil.copy(migrated, copy)
        return sqlite_url(copy)
    await databases.delete_rows(migrated)
    return migrated


@pytest.fixture
def empty_database_url(tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    with databases.empty_database(tmp_path) as url:
        yield url
