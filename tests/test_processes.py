"""Commands of tests have no terminal, respect their time-out, and leave no process behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support import clean_environment
from support import processes
from support.paths import ROOT
from support.post_gen_hook import posix_only

pytestmark = posix_only

IN_A_TERMINAL = """import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"""
BY_THE_TESTS = (
    "import sys; from support import processes; print(processes.run(sys.argv[1:]).returncode)"
)
BY_DEV = """import dev, sys
command, sys.argv[1:] = sys.argv[1:], ["test"]
dev.run = lambda *_: dev.run_steps([dev.Step("tests", command, alone=True)])
sys.exit(dev.main())"""
ASK = [sys.executable, "-c", "open('/dev/tty'); print('there is a terminal')"]
LEAVE_ONE = """import subprocess
print(subprocess.Popen(["sleep", "1000"], start_new_session=True).pid, flush=True)"""
AWAIT_ORPHAN = """import os, subprocess, sys, time
leave_one = "import subprocess; print(subprocess.Popen(['sleep', '1'], stdout=2).pid)"
orphan = int(subprocess.check_output([sys.executable, "-c", leave_one]))
try:
    while True:
        os.kill(orphan, 0)
        time.sleep(0.05)
except ProcessLookupError:
    print("it has gone")"""
WAIT = """import time
try:
    print("begun", flush=True)
    time.sleep(1000)
finally:
    print("ended", flush=True)"""
PATHS = {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}


def python(program: str, *arguments: str) -> list[str]:
    """The command that runs this program."""
    return [sys.executable, "-c", program, *arguments]


@pytest.mark.parametrize("starter", [[], python(BY_THE_TESTS), python(BY_DEV)])
def test_commands_have_no_terminal(starter: list[str]) -> None:
    done = processes.run(
        [*python(IN_A_TERMINAL), *starter, *ASK],
        env=clean_environment.build_environment(**PATHS),
        capture_output=True,
        timeout_seconds=60,
    )
    assert ("there is a terminal" in done.stdout) == (starter == [])
    assert ("No such device" in done.stdout) == (starter != [])


def test_a_timeout_kills_a_command_and_its_children() -> None:
    program = "import subprocess; subprocess.run(['sleep', '1000'])"
    begun = python(f"print('begun', flush=True); {program}")
    with pytest.raises(AssertionError, match="ran for 5 s\nbegun"):
        processes.run(begun, capture_output=True, timeout_seconds=5)


def test_no_process_outlives_the_tests() -> None:
    done = processes.run(
        python(BY_DEV, *python(LEAVE_ONE)),
        env=clean_environment.build_environment(**PATHS),
        capture_output=True,
    )
    (pid,) = re.findall(r"(?m)^(\d+)$", done.stdout)
    assert done.returncode == 0
    if sys.platform == "linux":
        assert not Path("/proc", pid).exists()


def test_orphaned_processes_are_reaped() -> None:
    command = python(BY_DEV, *python(AWAIT_ORPHAN))
    settings = clean_environment.build_environment(**PATHS)
    done = processes.run(command, env=settings, capture_output=True, timeout_seconds=60)
    assert "it has gone" in done.stdout


@contextmanager
def taken(sent: signal.Signals) -> Iterator[None]:
    """Start processes that take this signal; under nohup, all of them ignore SIGHUP."""
    before = signal.signal(sent, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(sent, before)


@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_stopping_dev_py_stops_the_tests(stop: str) -> None:
    command = python(BY_DEV, *python(WAIT))
    settings = clean_environment.build_environment(**PATHS)
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    sent = getattr(signal, stop)
    with taken(sent), processes.started(command, env=settings, **options) as process:
        assert process.stdout
        with process.stdout as output:
            while "begun" not in output.readline():
                assert process.poll() is None
            os.kill(process.pid, sent)
            assert "ended" in output.read()
        assert process.wait(60) == 130


def test_every_test_starts_commands_with_this_module() -> None:
    starts = re.compile(r"subprocess\.(run|Popen|call|check_\w+)\(|os\.(system|popen|spawn)")
    files = {*(ROOT / "tests").rglob("*.py")} - {Path(__file__), Path(processes.__file__)}
    assert [path.name for path in files if starts.search(path.read_text(encoding="utf-8"))] == []
