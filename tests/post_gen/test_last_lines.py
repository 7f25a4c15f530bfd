"""The last lines: what to type next, on this system and after these answers."""

import shlex
from pathlib import Path

import pytest

import post_gen_project
from finishing import Finish
from finishing import last_lines
from finishing import posix_only
from finishing import put
from finishing import said
from finishing import write


def test_the_last_lines_can_be_typed(finish: Finish, project: Path) -> None:
    lines = last_lines(finish().stdout)
    assert lines[1] == f"  Go there:  cd {shlex.quote(str(project))}"
    assert "http://127.0.0.1:8000/docs" in lines[-3]
    assert lines[-1] == "  Settings:  .env"


@posix_only
def test_there_are_at_most_eight_of_them(finish: Finish, project: Path, tools: Path) -> None:
    write(project, install="yes", database="mysql")
    put(tools, "uv", "#!/bin/sh\nexit 1\n")
    put(tools, "git", "#!/bin/sh\nexit 1\n")
    lines = last_lines(finish().stdout)
    assert len(lines) == 8
    assert lines[2] == "  Database:  set DATABASE_URL in .env to your server"
    assert [line.startswith("  Failed:") for line in lines[-2:]] == [True, True]


def test_another_systems_shell_gets_its_own_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_gen_project, "WINDOWS", True)
    commands = [["cd", r"C:\My Shop"], ["uv", "sync"]]
    assert post_gen_project.typed(commands) == r'cd "C:\My Shop"; uv sync'


def test_a_console_that_lacks_the_letters_stops_nothing(
    finish: Finish, project: Path, tmp_path: Path
) -> None:
    moved = project.rename(tmp_path / "магазин 🚀")
    project.symlink_to(moved, target_is_directory=True)
    done = finish(PYTHONIOENCODING="cp1252")
    assert "\\u043c" in said(done.stdout, "Go there")
