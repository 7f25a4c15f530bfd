"""Generate projects: from a clean copy, a small template, typed answers, another process."""

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cookiecutter.generate import generate_context
from cookiecutter.main import cookiecutter
from cookiecutter.prompt import prompt_for_config

from support import processes
from support.paths import ROOT

TEMPLATE_FOLDER = "{{cookiecutter.project_slug}}"
TEMPLATE_CODE = (
    "cookiecutter.json",
    "local_extensions.py",
    "template_answers.py",
    "template_features.py",
    "template_filters.py",
    "template_language.py",
    "template_origin.py",
)
HOOKS = ("hooks/post_gen_project.py",)


def run_git(folder: Path, *words: str) -> str:
    """Return the output of a git command, without the last line break."""
    command = ["git", "-C", str(folder), *words]
    done = processes.run(command, capture_output=True, check=True)
    return done.stdout.removesuffix("\n")


def list_files(folder: Path) -> set[str]:
    """Return the paths of all files below a folder, except those in `.git`."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return {path.as_posix() for path in paths if path.parts[0] != ".git"}


def copy_template(target: Path) -> Path:
    """Copy the files that a commit of this working tree would have."""
    return copy_files(list_committed_files(), target)


@functools.cache
def list_committed_files() -> list[str]:
    """Return the paths that a commit of this working tree would have."""
    listed = run_git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [name for name in listed.split("\0") if (ROOT / name).is_file()]


@functools.cache
def list_template_files() -> frozenset[str]:
    """Return the paths in the template folder that a commit would have."""
    folder = f"{TEMPLATE_FOLDER}/"
    return frozenset(
        name.removeprefix(folder) for name in list_committed_files() if name.startswith(folder)
    )


def create_repository(template: Path, target: Path) -> Path:
    """Create a repository with this template as its first commit."""
    shutil.copytree(template, target)
    run_git(target, "init", "-q")
    commit_all(target)
    return target


def commit_all(repository: Path) -> None:
    """Commit everything."""
    run_git(repository, "add", ".")
    run_git(repository, "commit", "-qm", "Change")


def create_small_template(target: Path, files: dict[str, str], *, hooks: bool = False) -> Path:
    """Create a template with the real questions and language, but only these files."""
    copy_files([*TEMPLATE_CODE, *(HOOKS if hooks else ())], target)
    for name, text in files.items():
        path = target / TEMPLATE_FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return target


def copy_files(names: Iterable[str], target: Path) -> Path:
    """Copy these files of the repository with their folders."""
    for name in names:
        if (ROOT / name).is_file():  # one that is deleted but not committed is still listed
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def build_answers(**changed: str) -> dict[str, Any]:
    """Return the answers that Cookiecutter passes to templates: these, and all other defaults."""
    defaults = prompt_for_config(generate_context(str(ROOT / "cookiecutter.json")), no_input=True)
    return {**defaults, **changed}


def generate_unrendered(template: Path, folder: Path, **typed: str) -> Path:
    """Generate from answers that contain Jinja; Cookiecutter renders those on its command line."""
    folder.mkdir(parents=True, exist_ok=True)
    public = {key: text for key, text in build_answers(**typed).items() if not key.startswith("_")}
    replay = folder / "answers.json"
    replay.write_text(json.dumps({"cookiecutter": public}), encoding="utf-8")
    return Path(cookiecutter(str(template), replay=str(replay), output_dir=str(folder)))


def run_cookiecutter(
    template: Path | str, folder: Path, *arguments: str, given: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the command `cookiecutter`."""
    return processes.run(
        [sys.executable, "-m", "cookiecutter", str(template), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **settings},
        input=given,
        capture_output=True,
    )
