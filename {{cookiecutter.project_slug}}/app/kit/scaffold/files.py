"""Edits and formats source files."""

import subprocess
import sys
from collections.abc import Iterable
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import click


def require_ruff() -> None:
    """Check that the changed files can be formatted.

    Raises:
        ClickException: Ruff is not installed.
    """
    if find_spec("ruff") is None:
        raise click.ClickException("Ruff is not installed; it formats the files. Run: uv sync")


def remove_lines(path: Path, lines: Sequence[str]) -> None:
    """Remove these lines from a file."""
    text = path.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines(keepends=True) if line.rstrip("\n") not in lines]
    path.write_text("".join(kept), encoding="utf-8")


def add_below(path: Path, above: str, line: str) -> None:
    """Add a line below another one, which the file contains once."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"{above}\n", f"{above}\n{line}\n"), encoding="utf-8")


def tidy(root: Path, names: Iterable[str]) -> None:
    """Remove unused imports, sort the others, and format the files."""
    for arguments in (["check", "--fix", "--quiet", "--select", "F401,I"], ["format", "--quiet"]):
        command = [sys.executable, "-m", "ruff", *arguments, *names]
        subprocess.run(command, cwd=root, check=True)  # noqa: S603  (names of our own files)
