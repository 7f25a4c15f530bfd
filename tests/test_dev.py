"""The commands of dev.py work in a fresh clone, and report errors in a sentence."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

import dev
from support import clean_environment
from support import processes
from support.generation import copy_template
from support.paths import ROOT
from support.result_tables import find_variant


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone of what stands here now."""
    return copy_template(tmp_path / "a clone")


def test_demo_serves_and_stops_and_runs_again(clone: Path) -> None:
    with demo(clone) as lines:
        assert not any("Next steps:" in line for line in lines)
        address = lines[-1].split()[2]
        assert address.endswith("/docs")
        assert "swagger" in httpx2.get(address).text
    with demo(clone) as lines:
        assert any(line.startswith("Using demo") for line in lines)


@contextmanager
def demo(folder: Path) -> Iterator[list[str]]:
    """Run the demo as a person does, with Ctrl-C in the end; yield what it prints at first."""
    with processes.started(
        [sys.executable, str(folder / "dev.py"), "demo"],
        cwd=folder.parent,
        env=clean_environment.build_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
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


def test_another_port_is_used_when_the_usual_one_is_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert dev.free_port(port) not in (0, port)
    assert dev.free_port(port) == port


def test_a_missing_ensurepip_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dev, "PYTHON", str(tmp_path / "python"))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="python3-venv"):
        dev.virtual_environment()


def test_all_steps_run_after_a_failure_and_print_a_table(
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


def test_ctrl_c_starts_no_further_step(monkeypatch: pytest.MonkeyPatch) -> None:
    stopping = threading.Event()
    run = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, _workers: int | None) -> None:
            super().__init__(1)

        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            stopping.set()
            super().shutdown(wait=wait)

    def run_step(step: dev.Step) -> tuple[str, int, float]:
        run.append(step.name)
        if step.name == "stopped":
            raise KeyboardInterrupt
        stopping.wait()
        return "", 0, 0.0

    monkeypatch.setattr(dev, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(dev, "run_step", run_step)
    with pytest.raises(KeyboardInterrupt):
        dev.run_steps([dev.Step(name, []) for name in ("stopped", "begun", "further")])
    assert "further" not in run


def test_an_incomplete_demo_is_deleted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stopped(folder: Path, _arguments: list[str]) -> Path:
        (folder / "my_backend").mkdir(parents=True)
        (folder / "my_backend" / ".cookiecutter.json").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(dev, "DEMO", tmp_path / "demo")
    monkeypatch.setattr(dev, "generate", stopped)
    monkeypatch.setenv("TEMPLATE_SKIP_NEXT_STEPS", "")
    with pytest.raises(KeyboardInterrupt):
        dev.demo()
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("command", dev.COMMANDS)
def test_help_names_every_command(command: str) -> None:
    text = clean_environment.run([sys.executable, "dev.py", "--help"], ROOT)
    assert f"\n  {command} " in text


def test_bake_reports_an_unknown_choice() -> None:
    with pytest.raises(SystemExit, match=r"^database: 'postgres' .*; for example: postgresql$"):
        dev.bake(["auth=none", "database=postgres"])


def test_quick_runs_the_checks_and_the_listed_tests() -> None:
    *checks, own, variants = dev.quick_tests()
    assert checks == dev.checks()
    assert own.command[-len(dev.QUICK_TEMPLATE_TESTS) :] == dev.QUICK_TEMPLATE_TESTS
    assert all((own.folder / path).exists() for path in dev.QUICK_TEMPLATE_TESTS)
    selection = variants.command[variants.command.index("tests/test_variants.py") :]
    collect = [sys.executable, "-m", "pytest", "--collect-only", "-q", *selection]
    listed = clean_environment.run(collect, ROOT).splitlines()
    named = {find_variant(line) for line in listed if "::" in line}
    assert named == set(dev.QUICK_VARIANTS)
    assert len(named) == 3


@pytest.mark.parametrize("words", [["check", "--quick"], ["test", "--quick", "--", "-x"]])
def test_quick_takes_no_arguments(words: list[str]) -> None:
    done = processes.run([sys.executable, "dev.py", *words], cwd=ROOT, capture_output=True)
    assert done.returncode == 2
    assert done.stderr.endswith("error: --quick is for `test` without arguments\n")
