"""What the tests of the hook after generation share: stand-ins for uv, and reading what it says."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from generating import ROOT

Finish = Callable[..., subprocess.CompletedProcess[str]]

HOOK = ROOT / "hooks" / "post_gen_project.py"
BIN = "Scripts" if os.name == "nt" else "bin"
EXAMPLE = "# SECRET_KEY= is below\nENVIRONMENT=development\nSECRET_KEY=change-me\nLAST=1\n"
LEFT_OUT = ["app/auth/deep/er.py", "app/users/one.py", "app/users/two.py", "gone.py"]
FAKE_UV = """#!/bin/sh
printf '%s' "$*$VIRTUAL_ENV" > uv-was-called
printf locked > uv.lock
exit {code}
"""

posix_only = pytest.mark.skipif(os.name == "nt", reason="its stand-ins for uv and git are scripts")


def write(project: Path, *, install: str, **changed: str) -> None:
    """Write the answers that the hook reads."""
    answers = {"author_name": "Ada Lovelace", "author_email": "ada@example.com", **changed}
    answers = {"database": "sqlite", "install_dependencies": install, **answers}
    project.mkdir(exist_ok=True)
    text = json.dumps({"cookiecutter": answers})
    (project / ".cookiecutter.json").write_text(text, encoding="utf-8")


def put(tools: Path, name: str, text: str) -> None:
    """Put an executable script among the tools."""
    (tools / name).unlink(missing_ok=True)
    (tools / name).write_text(text, encoding="utf-8")
    (tools / name).chmod(0o755)


def last_lines(output: str) -> list[str]:
    """What the hook says to type next."""
    lines = output.splitlines()
    return lines[lines.index("Done. What to type next:") :]


def said(output: str, label: str) -> str:
    """What one of the last lines says."""
    (text,) = (line for line in last_lines(output) if line.startswith(f"  {label}:"))
    return text.removeprefix(f"  {label}:").strip()
