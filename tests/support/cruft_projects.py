"""Run cruft in generated projects, and add custom code to them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from support import page_steps
from support import processes
from support.generation import list_files

MIGRATIONS = "app/db/migrations/versions/"
LOCAL_FILES = {".env", ".cruft.json"}
# Among the packages here is aiomysql, which brings a module `examples`; cruft would take it for
# another one of that name.
CRUFT = "import sys; sys.modules['examples'] = None; import cruft._cli; cruft._cli.app()"


def run_cruft(folder: Path, *arguments: str, given: str = "", **settings: str) -> str:
    """Run cruft, and fail if there is a conflict."""
    output = run_cruft_with_conflicts(folder, *arguments, given=given, **settings)
    assert "conflict" not in output, output
    return output


def run_cruft_with_conflicts(
    folder: Path, *arguments: str, given: str = "", **settings: str
) -> str:
    """Run cruft in a process that never imported the template."""
    done = processes.run(
        [sys.executable, "-c", CRUFT, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **settings},
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def change_answers(project: Path, **answers: str) -> str:
    """Change answers of a project, and update it."""
    return run_cruft(project, "update", "-y", "--variables-to-update", json.dumps(answers))


def append_line(path: Path, line: str) -> None:
    """Append a line to a file."""
    path.write_text(f"{path.read_text(encoding='utf-8')}{line}\n", encoding="utf-8", newline="\n")


def read_contents(project: Path) -> dict[str, bytes]:
    """Return the content of each file that cruft updates, without migrations."""
    names = {name for name in list_files(project) if not name.startswith(MIGRATIONS)}
    return {name: (project / name).read_bytes() for name in names - LOCAL_FILES if is_tracked(name)}


def is_tracked(name: str) -> bool:
    """Return whether git would track this file."""
    return not name.endswith((".db", ".db-shm", ".db-wal", ".pyc"))


def add_custom_code(project: Path, run: page_steps.RunCommand) -> None:
    """Add a table with endpoints and migration, another endpoint, a setting and text."""
    page, readme = project / "docs" / "extending.md", project / "README.md"
    parts = page_steps.split_sections(page)
    for heading in ("Add a table with its paths", "Add an endpoint"):
        page_steps.follow_steps(project, parts[heading], run)
    for command in ("uv run ruff check --fix", "uv run ruff format"):
        page_steps.run_uninstalled(project, command)
    append_line(readme, "My own words.")
    append_line(project / "config" / "production.toml", "shutdown_seconds = 20")
