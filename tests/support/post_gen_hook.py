"""Helpers for the tests of the hook: fake commands, and parsing of its output."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.paths import ROOT

RunHook = Callable[..., subprocess.CompletedProcess[str]]

HOOK = ROOT / "hooks" / "post_gen_project.py"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
ENV_EXAMPLE = "# SECRET_KEY= is below\nENVIRONMENT=development\nSECRET_KEY=change-me\nLAST=1\n"
NEXT = " Next steps:"
OMITTED_FILES = ["app/auth/deep/er.py", "app/users/one.py", "app/users/two.py", "gone.py"]
FAKE_UV = """#!/bin/sh
printf '%s' "$*$VIRTUAL_ENV" > uv-was-called
printf locked > uv.lock
exit {code}
"""

posix_only = pytest.mark.skipif(os.name == "nt", reason="its stand-ins for uv and git are scripts")


def write_answers(project: Path, *, install: str, **changed: str) -> None:
    """Write the answers that the hook reads."""
    answers = {"author_name": "Ada Lovelace", "author_email": "ada@example.com", **changed}
    answers = {"database": "sqlite", "docker": "yes", "install_dependencies": install, **answers}
    project.mkdir(exist_ok=True)
    text = json.dumps({"cookiecutter": answers})
    (project / ".cookiecutter.json").write_text(text, encoding="utf-8")


def write_executable(tools: Path, name: str, text: str) -> None:
    """Write an executable script into the folder of tools."""
    (tools / name).unlink(missing_ok=True)
    (tools / name).write_text(text, encoding="utf-8")
    (tools / name).chmod(0o755)


def read_next_steps(output: str) -> list[str]:
    """Return the last lines of the hook's output."""
    lines = output.splitlines()
    (first,) = (number for number, line in enumerate(lines) if line.endswith(NEXT))
    return lines[first:]


def read_next_step(output: str, label: str) -> str:
    """Return the text behind a label in the last lines."""
    (text,) = (line for line in read_next_steps(output) if line.startswith(f"  {label}:"))
    return text.removeprefix(f"  {label}:").strip()
