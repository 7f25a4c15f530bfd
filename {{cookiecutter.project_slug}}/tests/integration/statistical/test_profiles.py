"""Describing a table: it is never written to disk, and stops when the client disconnects."""

import asyncio
import multiprocessing
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.ai.statistical import errors
from app.ai.statistical import runtime
from app.ai.statistical.runner import JobResult
from app.kit.exceptions import Unavailable
from app.kit.storage import Storage
from tests.support import work
from tests.support.accounts import log_in_somebody
from tests.support.live import listening
from tests.support.problems import problem_of
from tests.support.statistical import ROWS
from tests.support.statistical import STATISTICAL
from tests.support.statistical import until
from tests.support.storage import stored_files
from tests.support.waiting import MAX_WAIT_SECONDS

TABLE = b"a,b\n" + b"1,secret\n" * 300_000
"""2.7 MB: larger than the memory buffer of an upload."""


class NoWorker:
    """A runner that starts no process."""

    async def run(self, _work: str, _order: str) -> JobResult:
        """Return immediately."""
        return JobResult(output={})


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Return a client whose connection can be closed."""
    async with listening(app) as server, AsyncClient(timeout=MAX_WAIT_SECONDS) as client:
        client.base_url = f"http://127.0.0.1:{server.port}"
        await log_in_somebody(client)  # %if jwt
        yield client


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("describe", {"json": {"rows": ROWS}}),
        ("describe/csv", {"files": {"file": ("table.csv", TABLE, "text/csv")}}),
    ],
)
async def test_it_stops_when_the_client_disconnects_and_leaves_no_files(
    client: AsyncClient,
    app: FastAPI,
    storage: Storage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    body: dict[str, Any],
) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(runtime, "PROFILE", work.SLEEP)
    request = asyncio.create_task(client.post(f"{STATISTICAL}/{path}", **body))
    await until(lambda: bool(multiprocessing.active_children()))
    files = [path for path in temporary.rglob("*") if path.is_file()]
    assert files == []
    request.cancel()
    await until(lambda: not multiprocessing.active_children())
    async with (
        asyncio.timeout(MAX_WAIT_SECONDS),
        app.state.statistical._profile_slots.take("somebody"),
    ):
        pass  # the worker is free
    assert await stored_files(storage) == set()


async def test_many_tables_of_one_client_do_not_delay_others(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.statistical, "_profile_runner", NoWorker())
    begun: list[str] = []

    async def describe(name: str, client: str) -> None:
        await app.state.statistical.profile(lambda _file: begun.append(name), client)

    tables = [("a1", "anna"), ("a2", "anna"), ("a3", "anna"), ("b1", "bert"), ("b2", "bert")]
    await asyncio.gather(*(describe(name, client) for name, client in tables))
    assert begun[:2] == ["a1", "b1"]
    assert sorted(begun) == ["a1", "a2", "a3", "b1", "b2"]


async def test_describing_times_out(
    client: AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "PROFILE", work.SLEEP)
    describer = replace(app.state.statistical._profile_runner, timeout_seconds=1)
    monkeypatch.setattr(app.state.statistical, "_profile_runner", describer)
    response = await client.post(f"{STATISTICAL}/describe", json={"rows": ROWS})
    assert problem_of(response, 422, "validation_error")["errors"] == [
        {"field": "rows", "message": errors.timed_out(1), "code": "no_table"}
    ]
    assert not multiprocessing.active_children()


async def test_describing_waits_only_so_long_for_a_worker(app: FastAPI) -> None:
    statistical = app.state.statistical
    statistical._profile_slots.timeout_seconds = 0
    async with AsyncExitStack() as workers:
        for number in range(max(1, statistical.settings.training_workers)):
            await workers.enter_async_context(statistical._profile_slots.take(number))
        for client in (0, "somebody"):
            with pytest.raises(Unavailable, match="Too many tables are being described"):
                await statistical.profile(lambda _file: None, client)


def test_describing_has_its_own_time_limit(app: FastAPI) -> None:
    shared = app.state.statistical
    assert shared._profile_runner.timeout_seconds == shared.settings.describe_timeout_seconds
    assert shared.runner.timeout_seconds == shared.settings.training_timeout_seconds
