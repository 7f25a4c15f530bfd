"""Projects work in any folder, and their commands from any other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from app.kit.project_metadata import ROOT
from tests.support.processes import command

FOLDER = "100% %(here)s, Ünï #1's & $HOME"


def run(line: list[str], folder: Path) -> str:
    """Run a command of the copied project in this folder, on a database beside its code."""
    settings = {**os.environ, "DATABASE_URL": "sqlite:///./copied.db"}
    done = subprocess.run(
        line, cwd=folder, env=settings, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_project_works_in_any_folder(tmp_path: Path) -> None:
    project = tmp_path / FOLDER
    for part in ("app", "config", "tests"):
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", project)
    assert "Migrated the database" in run(command("migrate"), project)
    assert (project / "copied.db").exists()
    # From another folder, the configuration says where the code is.
    alembic = [sys.executable, "-m", "alembic", "-c", str(project / "pyproject.toml")]
    assert "(head)" in run([*alembic, "current"], tmp_path)
