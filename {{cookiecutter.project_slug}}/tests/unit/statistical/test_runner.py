"""Processes that work: what they answer, and how they end when they must."""

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

from app.ai.statistical import reasons
from app.ai.statistical.runner import Runner
from app.core.project import ROOT
from tests.support import work

RUNNER = Runner(timeout_seconds=60, memory_megabytes=256, watch_seconds=0.1)

ORPHAN = """
import asyncio, multiprocessing
from app.ai.statistical.runner import Runner

async def watch(percent):
    if percent:
        print(multiprocessing.active_children()[0].pid, flush=True)
    return True

if __name__ == "__main__":
    runner = Runner(timeout_seconds=60, memory_megabytes=256, watch_seconds=0.1)
    asyncio.run(runner.run("tests.support.work:sleep", "", watch))
"""


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_worker_answers_and_holds_nothing_of_the_application() -> None:
    outcome = await RUNNER.run(work.TELL, "an order")
    assert outcome.failure is None
    assert outcome.answer == {"order": "an order", "loaded": ["sklearn", "pandas"]}
    assert outcome.progress == 7


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (work.DIE, reasons.DIED),
        (work.EAT, reasons.too_big(256)),
        (work.FAIL, reasons.UNEXPECTED),
    ],
)
async def test_trouble_is_told_in_a_sentence(name: str, told: str) -> None:
    assert (await RUNNER.run(name, "")).failure == told
    assert (await RUNNER.run(work.TELL, "again")).failure is None


async def test_an_unexpected_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    await RUNNER.run(work.FAIL, "")
    assert "nobody expected this" in caplog.text


async def test_the_time_is_limited() -> None:
    runner = Runner(timeout_seconds=1, memory_megabytes=256)
    assert (await runner.run(work.SLEEP, "")).failure == reasons.too_slow(1)
    assert multiprocessing.active_children() == []


async def test_somebody_is_told_while_the_libraries_load(monkeypatch: pytest.MonkeyPatch) -> None:
    start, told = Runner._start, 0

    def slow(runner: Runner, work: str, order: str, connection: Connection) -> BaseProcess:
        time.sleep(2)
        return start(runner, work, order, connection)

    async def watch(percent: int) -> bool:
        nonlocal told
        told += percent == 0
        return True

    monkeypatch.setattr(Runner, "_start", slow)
    runner = Runner(timeout_seconds=2, memory_megabytes=256, watch_seconds=0.2)
    assert (await runner.run(work.TELL, "", watch)).failure is None
    assert told >= 3


async def test_work_can_be_called_off() -> None:
    seen: list[int] = []

    async def watch(percent: int) -> bool:
        seen.append(percent)
        return 42 not in seen

    outcome = await RUNNER.run(work.SLEEP, "", watch)
    assert (outcome.answer, outcome.failure) == (None, None)
    assert multiprocessing.active_children() == []


async def test_whoever_stops_waiting_ends_the_process() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await RUNNER.run(work.SLEEP, "")
    assert multiprocessing.active_children() == []


def test_a_worker_ends_with_its_server() -> None:
    command = [sys.executable, "-c", ORPHAN]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        assert is_alive(worker)
        server.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(worker)
