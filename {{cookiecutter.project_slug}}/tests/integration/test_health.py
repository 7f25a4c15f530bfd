"""Does it live, is it ready, and what is answered when the database is not there."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import update
from sqlalchemy.engine import make_url

from app.api import health
from app.jobs.finished_jobs import delete_finished_jobs
from app.models.job import Job
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.jobs import enqueue
from tests.support.problems import problem_of
from tests.support.things import THINGS
from tests.support.things import add_things
from tests.support.waiting import MAX_WAIT_SECONDS


@pytest.fixture
def unreachable_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """A database of the same kind where there is none."""
    before = set(threading.enumerate())
    yield somewhere_else(database_url, tmp_path)
    # SQLite's driver tells of a failure from a thread, which needs the event loop for that.
    for thread in set(threading.enumerate()) - before:
        if "_connection_worker_thread" in thread.name:
            thread.join(timeout=MAX_WAIT_SECONDS)


def somewhere_else(database_url: str, folder: Path) -> str:
    """The URL of a database of this kind that is not there."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{(folder / 'missing' / 'test.db').as_posix()}"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port: int = nobody.getsockname()[1]
    return url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_a_healthy_application_says_so(anonymous: AsyncClient, path: str) -> None:
    response = await anonymous.get(path)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_failed_jobs_are_reported(app: FastAPI, anonymous: AsyncClient) -> None:
    database = app.state.resources.database
    await enqueue(database, delete_finished_jobs)
    async with database.write() as session:
        await session.execute(update(Job).values(status="failed", due_at=None))
    response = await anonymous.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["details"] == [
        "failed jobs: 1; see `uv run app jobs list --status failed`"
    ]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_a_load_balancer_may_ask_without_a_body(anonymous: AsyncClient, path: str) -> None:
    head, get = await anonymous.head(path), await anonymous.get(path)
    assert head.status_code == 200
    same = ("Content-Type", "Content-Length")
    assert [head.headers[name] for name in same] == [get.headers[name] for name in same]
    assert (await anonymous.post(path)).headers["Allow"] == "GET, HEAD"


async def test_without_its_database_it_lives_and_is_not_ready(
    start_app: StartApp, connect: Connect, unreachable_url: str
) -> None:
    client = connect(await start_app(database_url=unreachable_url))
    assert (await client.get("/health/live")).status_code == 200
    response = await client.get("/health/ready")
    problem_of(response, 503, "database_unavailable")
    assert response.headers["Retry-After"] == "1"
    assert (await client.head("/health/live")).status_code == 200
    assert (await client.head("/health/ready")).status_code == 503


async def test_without_its_database_every_request_is_asked_to_retry(
    start_app: StartApp, connect: Connect, unreachable_url: str
) -> None:
    lost = connect(add_things(await start_app(database_url=unreachable_url)))
    for response in (await lost.get(THINGS), await lost.post(THINGS, json={"title": "Tea"})):
        problem_of(response, 503, "database_unavailable")
        assert "missing" not in response.text
        assert "127.0.0.1" not in response.text


async def test_a_database_that_does_not_answer_in_time_is_not_ready(
    start_app: StartApp, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "READINESS_TIMEOUT_SECONDS", 0.1)
    app = await start_app(database_pool_size=1, database_max_overflow=0)
    client = connect(app)
    async with app.state.resources.database.read():
        problem_of(await client.get("/health/ready"), 503, "database_unavailable")
    monkeypatch.setattr(health, "READINESS_TIMEOUT_SECONDS", MAX_WAIT_SECONDS)
    assert (await client.get("/health/ready")).status_code == 200


async def test_when_every_connection_is_taken_a_request_is_asked_to_retry(
    start_app: StartApp, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    app = await start_app(
        database_pool_size=1, database_max_overflow=0, database_pool_timeout_seconds=0.5
    )
    caller = connect(add_things(app))
    async with app.state.resources.database.read():
        response = await caller.get(THINGS)
        problem_of(response, 503, "database_busy")
        assert response.headers["Retry-After"] == "1"
    lines = capsys.readouterr().err.splitlines()
    message = "All connections to the database are in use."
    assert any(line.endswith(message) for line in lines)
    assert "Traceback" not in "".join(lines)
    assert (await caller.get(THINGS)).status_code == 200
