"""Ways to generate: from a clean copy, a small template, typed answers, another process."""

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

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "{{cookiecutter.project_slug}}"
LANGUAGE = ("cookiecutter.json", "local_extensions.py", "template_origin.py")
HOOKS = ("hooks/pre_gen_project.py", "hooks/post_gen_project.py")


def git(folder: Path, *words: str) -> str:
    """What this git command prints, without the last line break."""
    command = ["git", "-C", str(folder), *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return done.stdout.removesuffix("\n")


def files_of(folder: Path) -> set[str]:
    """The paths of all files below a folder, the repository's own left out."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return {path.as_posix() for path in paths if path.parts[0] != ".git"}


def clean_copy(target: Path) -> Path:
    """Copy what a commit of this working tree would hold."""
    return copy(committed(), target)


@functools.cache
def committed() -> list[str]:
    """The paths that a commit of this working tree would hold."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [name for name in listed.split("\0") if (ROOT / name).is_file()]


@functools.cache
def template_files() -> frozenset[str]:
    """The paths within the template folder that a commit would hold."""
    folder = f"{FOLDER}/"
    return frozenset(name.removeprefix(folder) for name in committed() if name.startswith(folder))


def publish(template: Path, target: Path) -> Path:
    """A repository of its own with this template as its first commit."""
    shutil.copytree(template, target)
    git(target, "init", "-q")
    commit(target)
    return target


def commit(repository: Path) -> None:
    """Commit everything."""
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "Change")


def small_template(target: Path, files: dict[str, str], *, hooks: bool = False) -> Path:
    """A template with the real questions and language, but only these files."""
    copy([*LANGUAGE, *(HOOKS if hooks else ())], target)
    for name, text in files.items():
        path = target / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return target


def copy(names: Iterable[str], target: Path) -> Path:
    """Copy these files of the repository, folders included."""
    for name in names:
        if (ROOT / name).is_file():  # one that is deleted but not committed is still listed
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def answers(**changed: str) -> dict[str, Any]:
    """What Cookiecutter hands to templates: all defaults, and these answers as if typed."""
    defaults = prompt_for_config(generate_context(str(ROOT / "cookiecutter.json")), no_input=True)
    return {**defaults, **changed}


def generate_typed(template: Path, folder: Path, **typed: str) -> Path:
    """Generate from answers that Cookiecutter does not render, as it renders those given to it."""
    folder.mkdir(parents=True, exist_ok=True)
    public = {key: text for key, text in answers(**typed).items() if not key.startswith("_")}
    replay = folder / "answers.json"
    replay.write_text(json.dumps({"cookiecutter": public}), encoding="utf-8")
    return Path(cookiecutter(str(template), replay=str(replay), output_dir=str(folder)))


def run_cookiecutter(
    template: Path | str, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """The command as people type it."""
    return subprocess.run(
        [sys.executable, "-m", "cookiecutter", str(template), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
