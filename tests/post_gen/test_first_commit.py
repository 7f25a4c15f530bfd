"""The first commit: its author, where there is none, and the message after a failure."""

import os
from pathlib import Path

import pytest

from support import processes
from support.generation import run_git
from support.post_gen_hook import RunHook
from support.post_gen_hook import posix_only
from support.post_gen_hook import read_next_step
from support.post_gen_hook import read_next_steps
from support.post_gen_hook import write_executable


def test_the_author_of_the_answers_makes_the_first_commit(finish: RunHook, project: Path) -> None:
    done = finish()
    assert "Making the first commit ..." in done.stdout
    assert run_git(project, "log", "--format=%an|%ae|%cn|%ce") == "|".join(
        ["Ada Lovelace", "ada@example.com"] * 2
    )
    assert run_git(project, "branch", "--show-current") == "main"
    assert run_git(project, "status", "--porcelain") == ""
    assert ".env" not in run_git(project, "ls-files").split("\n")
    assert "No commit" not in done.stdout


def test_git_needs_no_configured_user(finish: RunHook, project: Path) -> None:
    finish(GIT_CONFIG_GLOBAL=os.devnull)
    assert run_git(project, "log", "--format=%an") == "Ada Lovelace"


@posix_only
def test_git_settings_of_the_user_do_not_prevent_the_commit(
    finish: RunHook, project: Path, tmp_path: Path
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "prepare-commit-msg"):
        write_executable(hooks, name, "#!/bin/sh\nexit 1\n")
    config = tmp_path / "config"
    config.write_text(
        f"[core]\nhooksPath = {hooks}\n[commit]\ngpgSign = true\n[gpg]\nprogram = /nowhere\n"
        "[init]\ndefaultBranch = trunk\n"
    )
    done = finish(GIT_CONFIG_GLOBAL=str(config))
    assert "No commit" not in done.stdout
    assert run_git(project, "branch", "--show-current") == "main"
    assert run_git(project, "log", "--format=%s") == "Generate"


@pytest.mark.parametrize(
    ("of_a_template", "why"),
    [
        (False, "inside the repository {}. Commit it there, or move it out"),
        (True, "inside the template. Move it out of there, or generate with -o .."),
    ],
)
def test_inside_a_repository_nothing_is_committed(
    finish: RunHook, project: Path, of_a_template: bool, why: str
) -> None:
    run_git(project.parent, "init")
    if of_a_template:
        (project.parent / "cookiecutter.json").touch()
    done = finish()
    assert not (project / ".git").exists()
    assert "first commit" not in done.stdout
    assert (
        read_next_step(done.stdout, "No commit") == f"this folder is {why.format(project.parent)}"
    )


def test_a_project_that_is_generated_again_keeps_its_repository(
    finish: RunHook, project: Path
) -> None:
    finish()
    (project / "mine.txt").touch()
    assert "No commit" not in finish().stdout
    assert run_git(project, "status", "--porcelain") == "?? mine.txt"


def test_git_variables_of_another_repository_are_ignored(
    finish: RunHook, project: Path, tmp_path: Path
) -> None:
    finish(GIT_DIR=str(tmp_path / "other"), GIT_WORK_TREE=str(tmp_path), GIT_INDEX_FILE="x")
    assert not (tmp_path / "other").exists()
    assert run_git(project, "log", "--format=%s") == "Generate"


@posix_only
@pytest.mark.parametrize("present", [True, False])
def test_a_commit_that_fails_is_reported(
    finish: RunHook, project: Path, tools: Path, present: bool
) -> None:
    (tools / "git").unlink()
    if present:
        write_executable(tools, "git", "#!/bin/sh\necho no commits today >&2\nexit 1\n")
    done = finish()
    why, _, repeat = read_next_step(done.stdout, "No commit").partition(": ")
    assert why == (
        "git failed, see above. To try again"
        if present
        else "git is not installed. Install it, then run"
    )
    assert ("no commits today" in done.stderr) == present
    assert read_next_steps(done.stdout)[0].startswith("Done.")
    processes.run(repeat, shell=True, cwd=project, check=True)  # noqa: S604
    assert run_git(project, "status", "--porcelain") == ""
