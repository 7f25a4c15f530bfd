"""Worker processes: their output, their limits, and how they are stopped."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pytest

from app.ai.statistical import errors
from app.ai.statistical.runner import JobResult
from app.ai.statistical.runner import Runner
from app.kit.project_metadata import ROOT
from tests.support import work
from tests.support.waiting import MAX_WAIT_SECONDS

RUNNER = Runner(timeout_seconds=60, memory_megabytes=256, heartbeat_seconds=0.1)

ORPHAN = """
import asyncio, multiprocessing
from app.ai.statistical.runner import Runner

async def heartbeat(percent):
    if percent:
        print(multiprocessing.active_children()[0].pid, flush=True)
    return True

if __name__ == "__main__":
    runner = Runner(timeout_seconds=60, memory_megabytes=256, heartbeat_seconds=0.1)
    asyncio.run(runner.run("tests.support.work:sleep", "", heartbeat))
"""


def is_alive(pid: int) -> bool:
    """Return whether the process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_worker_returns_output_and_does_not_import_the_application() -> None:
    result = await RUNNER.run(work.REPORT, "a job")
    assert result.error is None
    assert result.output == {"job": "a job", "loaded": ["sklearn", "pandas"]}
    assert result.progress == 7


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (work.DIE, errors.WORKER_KILLED),
        (work.FILL_MEMORY, errors.memory_exceeded(256)),
        (work.FAIL, errors.UNEXPECTED),
    ],
)
async def test_an_error_has_a_message(name: str, message: str) -> None:
    assert (await RUNNER.run(name, "")).error == message
    assert (await RUNNER.run(work.REPORT, "again")).error is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
async def test_ctrl_c_does_not_reach_workers() -> None:
    for _ in range(2):
        result = await RUNNER.run(work.INTERRUPT, "")
        assert result == JobResult(output={"done": True})


async def test_an_unexpected_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    await RUNNER.run(work.FAIL, "")
    assert "unexpected" in caplog.text


async def test_time_is_limited() -> None:
    runner = Runner(timeout_seconds=1, memory_megabytes=256)
    assert (await runner.run(work.SLEEP, "")).error == errors.timed_out(1)
    assert multiprocessing.active_children() == []


async def test_heartbeats_are_sent_while_the_libraries_load(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, beats = Runner._start, 0

    def slow(runner: Runner, work: str, job: str, connection: Connection) -> BaseProcess:
        time.sleep(2)
        return start(runner, work, job, connection)

    async def heartbeat(percent: int) -> bool:
        nonlocal beats
        beats += percent == 0
        return True

    monkeypatch.setattr(Runner, "_start", slow)
    runner = Runner(timeout_seconds=2, memory_megabytes=256, heartbeat_seconds=0.2)
    assert (await runner.run(work.REPORT, "", heartbeat)).error is None
    assert beats >= 3


async def test_a_heartbeat_can_stop_a_job() -> None:
    seen: list[int] = []

    async def heartbeat(percent: int) -> bool:
        seen.append(percent)
        return 42 not in seen

    result = await RUNNER.run(work.SLEEP, "", heartbeat)
    assert (result.output, result.error) == (None, None)
    assert multiprocessing.active_children() == []


async def test_cancellation_kills_the_process() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await RUNNER.run(work.SLEEP, "")
    assert multiprocessing.active_children() == []


def test_a_worker_exits_with_its_server() -> None:
    command = [sys.executable, "-c", ORPHAN]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        assert is_alive(worker)
        server.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(worker)
