"""The last lines of the hook: the commands for this system and these answers."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import post_gen_project
from support import page_steps
from support.post_gen_hook import RunHook
from support.post_gen_hook import posix_only
from support.post_gen_hook import read_next_step
from support.post_gen_hook import read_next_steps
from support.post_gen_hook import write_answers
from support.post_gen_hook import write_executable


def test_the_last_lines_are_valid_commands(finish: RunHook, project: Path) -> None:
    lines = read_next_steps(finish().stdout)
    assert lines[0] == "Done. Next steps:"
    assert lines[1] == f"  Go there:  cd {shlex.quote(str(project))}"
    assert "http://127.0.0.1:8000/docs" in lines[-3]
    assert lines[-1] == "  Settings:  .env"


@posix_only
def test_there_are_at_most_eight_last_lines(finish: RunHook, project: Path, tools: Path) -> None:
    write_answers(project, install="yes", database="mysql", docker="no")
    write_executable(tools, "uv", "#!/bin/sh\nexit 1\n")
    write_executable(tools, "git", "#!/bin/sh\nexit 1\n")
    lines = read_next_steps(finish().stdout)
    assert len(lines) == 8
    assert lines[3].startswith("  Database:  set DATABASE_URL in .env to your server;")
    assert [line.partition(":")[0] for line in lines[-2:]] == ["  Settings", "  No commit"]


@pytest.mark.parametrize("database", ["postgresql", "mysql"])
def test_the_database_command_is_that_of_the_readme(
    finish: RunHook, project: Path, bake: Callable[..., Path], database: str
) -> None:
    write_answers(project, install="no", database=database, docker="yes")
    command = read_next_step(finish().stdout, "Database")
    assert command in page_steps.read_commands(
        page_steps.split_sections(bake(database=database) / "README.md")["Run"]
    )


def test_dev_py_gets_no_last_lines(finish: RunHook) -> None:
    assert finish(TEMPLATE_SKIP_NEXT_STEPS="1").stdout == "Making the first commit ...\n"


@posix_only
def test_ctrl_c_leaves_no_traceback(finish: RunHook, project: Path, tools: Path) -> None:
    write_answers(project, install="yes")
    write_executable(tools, "uv", "#!/bin/sh\nkill -INT $PPID\n")
    done = finish(code=1)
    assert done.stdout == "Installing the packages ...\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        f"Stopped before the project was complete. Delete {project} and generate it again, "
        f"or finish the installation: cd {shlex.quote(str(project))} && uv venv"
    )
    assert finish(code=130, TEMPLATE_SKIP_NEXT_STEPS="1").stderr == ""


def test_windows_gets_commands_for_its_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_gen_project, "WINDOWS", True)
    commands = [["cd", r"C:\My Shop"], ["uv", "sync"]]
    assert post_gen_project.typed(commands) == r'cd "C:\My Shop"; uv sync'


def test_a_console_without_unicode_is_supported(
    finish: RunHook, project: Path, tmp_path: Path
) -> None:
    moved = project.rename(tmp_path / "магазин 🚀")
    project.symlink_to(moved, target_is_directory=True)
    done = finish(PYTHONIOENCODING="cp1252")
    assert "\\u043c" in read_next_step(done.stdout, "Go there")
