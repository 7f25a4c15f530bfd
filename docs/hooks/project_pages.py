"""The pages of a generated project: rendered by generating one, with everything on."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tracked import tracked


def generate(template: Path) -> dict[str, str]:
    """Path in a project -> its text, of every page that people read."""
    with tempfile.TemporaryDirectory() as folder:
        clone, made = Path(folder, "clone"), Path(folder, "made")
        for path in tracked(template):
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(template / path, clone / path)
        command = [sys.executable, "-m", "cookiecutter", "--no-input", "-o", str(made), str(clone)]
        answers = [f"{name}=yes" for name in everything(template)]
        done = subprocess.run(
            [*command, *answers],
            env={**os.environ, "TEMPLATE_SKIP_INSTALL": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"no project was generated\n{done.stdout}")
        (project,) = made.iterdir()
        return {
            page.relative_to(project).as_posix(): page.read_text(encoding="utf-8")
            for page in [project / "README.md", *sorted((project / "docs").glob("*.md"))]
        }


def everything(template: Path) -> list[str]:
    """The questions that can be answered with yes."""
    questions = json.loads((template / "cookiecutter.json").read_text(encoding="utf-8"))
    return [name for name, answers in questions.items() if "yes" in answers and "no" in answers]
