"""Projects generated from the template, for as long as a benchmark runs.

They are not installed: this repository's environment holds everything that any of them needs.
"""

import atexit
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    "language models": "ai_llm",
    "statistics": "ai_statistical",
    "custom models": "ai_custom_models",
}
"""What people call a module, and the question about it."""


@functools.cache
def project(*modules: str) -> Path:
    """A project with these modules, named as in ``MODULES``, and no other."""
    folder = scratch_folder()
    asked = dict.fromkeys(MODULES.values(), "no")
    asked |= {MODULES[name]: "yes" for name in modules}
    generate(clone(), folder, *(f"{question}={text}" for question, text in asked.items()))
    [made] = folder.iterdir()
    return made


@functools.cache
def clone() -> Path:
    """The template as git would hand it out, without what lies in this working tree besides."""
    folder = scratch_folder()
    listed = subprocess.check_output(["git", "-C", str(ROOT), "ls-files", "-z"], encoding="utf-8")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def generate(source: Path, out: Path, *answers: str) -> None:
    """Answer every other question with its default; install nothing."""
    command = [sys.executable, "-m", "cookiecutter", str(source), "--no-input", "-o", str(out)]
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    environment = {**kept, "TEMPLATE_SKIP_INSTALL": "1"}
    subprocess.run([*command, *answers], env=environment, capture_output=True, check=True)


def scratch_folder() -> Path:
    """An empty folder that is deleted when the benchmark is over."""
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
