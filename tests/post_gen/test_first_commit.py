"""The first commit: whose it is, where there is none, and what a failure says."""

import os
import subprocess
from pathlib import Path

import pytest

from finishing import Finish
from finishing import last_lines
from finishing import posix_only
from finishing import put
from generating import git


def test_the_first_commit_is_the_authors(finish: Finish, project: Path) -> None:
    done = finish()
    assert "Making the first commit ..." in done.stdout
    assert git(project, "log", "--format=%an|%ae|%cn|%ce") == "|".join(
        ["Ada Lovelace", "ada@example.com"] * 2
    )
    assert git(project, "branch", "--show-current") == "main"
    assert git(project, "status", "--porcelain") == ""
    assert ".env" not in git(project, "ls-files").split("\n")
    assert "Failed" not in done.stdout


def test_git_need_not_know_the_person(finish: Finish, project: Path) -> None:
    finish(GIT_CONFIG_GLOBAL=os.devnull)
    assert git(project, "log", "--format=%an") == "Ada Lovelace"


@posix_only
def test_the_persons_git_settings_do_not_stop_it(
    finish: Finish, project: Path, tmp_path: Path
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "prepare-commit-msg"):
        put(hooks, name, "#!/bin/sh\nexit 1\n")
    config = tmp_path / "config"
    config.write_text(
        f"[core]\nhooksPath = {hooks}\n[commit]\ngpgSign = true\n[gpg]\nprogram = /nowhere\n"
        "[init]\ndefaultBranch = trunk\n"
    )
    done = finish(GIT_CONFIG_GLOBAL=str(config))
    assert "Failed" not in done.stdout
    assert git(project, "branch", "--show-current") == "main"
    assert git(project, "log", "--format=%s") == "Generate"


def test_inside_a_repository_nothing_is_committed(finish: Finish, project: Path) -> None:
    git(project.parent, "init")
    done = finish()
    assert not (project / ".git").exists()
    assert "commit" not in done.stdout


def test_another_repository_of_the_surroundings_is_spared(
    finish: Finish, project: Path, tmp_path: Path
) -> None:
    finish(GIT_DIR=str(tmp_path / "other"), GIT_WORK_TREE=str(tmp_path), GIT_INDEX_FILE="x")
    assert not (tmp_path / "other").exists()
    assert git(project, "log", "--format=%s") == "Generate"


@posix_only
@pytest.mark.parametrize("present", [True, False])
def test_a_commit_that_fails_is_reported(
    finish: Finish, project: Path, tools: Path, present: bool
) -> None:
    (tools / "git").unlink()
    if present:
        put(tools, "git", "#!/bin/sh\necho no commits today >&2\nexit 1\n")
    done = finish()
    repeat = "git init -q && git add . && git commit -qm Generate"
    assert last_lines(done.stdout)[-1] == f"  Failed:    the first commit. To repeat it: {repeat}"
    assert "no commits today" in done.stderr if present else "git: No such file" in done.stdout
    subprocess.run(repeat, shell=True, cwd=project, check=True)  # noqa: S602
    assert git(project, "status", "--porcelain") == ""
