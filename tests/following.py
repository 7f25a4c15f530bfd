"""Projects that follow the template: cruft as people run it, and a person's own work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import steps
from generating import files_of

MIGRATIONS = "app/db/migrations/versions/"
OWN = {".env", ".cruft.json"}
# Among the packages here is aiomysql, which brings a module `examples`; cruft would take it for
# another one of that name.
CRUFT = "import sys; sys.modules['examples'] = None; import cruft._cli; cruft._cli.app()"


def cruft(folder: Path, *arguments: str, given: str = "", **settings: str) -> str:
    """Run cruft as people do; there must be no conflict."""
    output = run_cruft(folder, *arguments, given=given, **settings)
    assert "conflict" not in output, output
    return output


def run_cruft(folder: Path, *arguments: str, given: str = "", **settings: str) -> str:
    """Run cruft where the template was never imported."""
    done = subprocess.run(
        [sys.executable, "-c", CRUFT, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **settings},
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def switch(project: Path, **answers: str) -> str:
    """Change answers, and take what is new in the template."""
    return cruft(project, "update", "-y", "--variables-to-update", json.dumps(answers))


def add_line(path: Path, line: str) -> None:
    """Add a line at the end, as a person would."""
    path.write_text(f"{path.read_text(encoding='utf-8')}{line}\n", encoding="utf-8", newline="\n")


def contents(project: Path) -> dict[str, bytes]:
    """What the template and a person decide together, file by file."""
    names = {name for name in files_of(project) if not name.startswith(MIGRATIONS)}
    return {name: (project / name).read_bytes() for name in names - OWN if tracked(name)}


def tracked(name: str) -> bool:
    """Whether git would keep this file."""
    return not name.endswith((".db", ".db-shm", ".db-wal", ".pyc"))


def work(project: Path, run: steps.Run) -> None:
    """Add a table with its paths and its migration, an endpoint, settings, and words."""
    page, readme = project / "docs" / "extending.md", project / "README.md"
    steps.follow(project, steps.sections(page)["Add a table with its paths"], run)
    steps.follow(project, steps.sections(readme)["Add an endpoint"], run)
    for command in ("uv run ruff check --fix", "uv run ruff format"):
        steps.run_here(project, command)
    add_line(readme, "My own words.")
    add_line(project / "config" / "production.toml", "shutdown_seconds = 20")
