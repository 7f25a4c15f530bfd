"""dev.py: the first command works in a fresh clone, and what cannot work is said in a sentence."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

import dev
import support
from generating import clean_copy


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone of what stands here now."""
    return clean_copy(tmp_path / "a clone")


def test_demo_serves_and_stops_and_runs_again(clone: Path) -> None:
    with demo(clone) as lines:
        address = lines[-1].split()[2]
        assert address.endswith("/docs")
        assert "swagger" in httpx2.get(address).text
    with demo(clone) as lines:
        assert any(line.startswith("Using demo") for line in lines)


@contextmanager
def demo(folder: Path) -> Iterator[list[str]]:
    """Run the demo as a person does, with Ctrl-C in the end; yield what it prints at first."""
    process = subprocess.Popen(
        [sys.executable, str(folder / "dev.py"), "demo"],
        cwd=folder.parent,
        env=support.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    assert process.stdout
    lines: list[str] = []
    with process.stdout as output:
        while not lines or not lines[-1].startswith("Try it: "):
            lines.append(output.readline())
            assert lines[-1], "".join(lines)
        try:
            yield lines
        finally:
            os.killpg(process.pid, signal.SIGINT)
            rest = output.read()
    assert process.wait(20) == 0, rest
    assert "Traceback" not in rest


def test_takes_another_port_when_the_usual_one_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert dev.free_port(port) not in (0, port)
    assert dev.free_port(port) == port


def test_says_what_is_missing_when_no_environment_can_be_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dev, "PYTHON", str(tmp_path / "python"))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="python3-venv"):
        dev.virtual_environment()


def test_steps_go_on_after_a_failure_and_end_with_a_table(
    capfd: pytest.CaptureFixture[str],
) -> None:
    steps = [
        dev.Step("broken", [sys.executable, "-c", "exit(3)"]),
        dev.Step("sound", [sys.executable, "-c", "print('done')"]),
    ]
    assert dev.run_steps(steps) == 1
    lines = capfd.readouterr().out.splitlines()
    assert "done" in lines
    words = [(line.split()[0], line.split()[-1]) for line in lines[-3:]]
    assert words == [("broken", "FAILED"), ("sound", "passed"), ("all", "FAILED")]
    assert dev.run_steps(steps[1:]) == 0


def test_files_and_variants_are_shown_with_their_tests_and_seconds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "report.xml").write_text(
        "<testsuite>"
        '<testcase classname="tests.test_a" name="test_a[sqlite-jwt-ai_llm]" time="1.5"/>'
        '<testcase classname="tests.test_b" name="test_of_something_else[mysql]" time="9"/>'
        '<testcase classname="tests.test_b" name="test_b[sqlite-jwt-ai_llm-mypy]" time="2">'
        "<failure/></testcase>"
        '<testcase classname="tests.test_b" name="test_c[mysql-none]" time="1">'
        '<properties><property name="covered" value="97 % of lines"/></properties></testcase>'
        "</testsuite>"
    )
    monkeypatch.setattr(dev, "REPORT", tmp_path / "report.xml")
    assert [" ".join(line.split()) for line in dev.by_file()] == [
        "tests.test_a 1 tests 1.5 s",
        "tests.test_b 3 tests 12.0 s 1 FAILED",
    ]
    assert [" ".join(line.split()) for line in dev.by_variant()] == [
        "sqlite-jwt-ai_llm 2 tests 3.5 s 1 FAILED",
        "mysql-none 1 tests 1.0 s 97 % of lines",
    ]


def test_a_report_that_was_not_finished_hides_no_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.xml").write_text('<testsuite><testcase classname="tests.te')
    monkeypatch.setattr(dev, "REPORT", tmp_path / "report.xml")
    assert dev.run_steps([dev.Step("broken", [sys.executable, "-c", "exit(3)"])]) == 1
    output = capfd.readouterr().out
    assert "before it had written its report" in output
    assert output.splitlines()[-1].endswith("1 FAILED")


@pytest.mark.parametrize("command", dev.COMMANDS)
def test_help_names_every_command(command: str) -> None:
    text = support.run([sys.executable, "dev.py", "--help"], support.ROOT)
    assert f"\n  {command} " in text
