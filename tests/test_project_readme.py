"""The README of a generated project, taken literally: each file made, line added, command run.

What the project does without these steps is tested elsewhere.
"""

import json
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import support
from support import Variant

VARIANTS = [Variant("sqlite", "jwt", ai_llm="yes"), Variant("sqlite", "none")]
STEPS = ("Add an endpoint", "Add a model")
CHECKS = "Test"

FENCE = r":\n\n```\w*\n(?P<text>.*?)```"
CREATE = re.compile(r"Create `(?P<path>[^`]+)`" + FENCE, re.DOTALL)
ADD = re.compile(
    r"In `(?P<path>[^`]+)`, (?P<where>above|below) `(?P<line>[^`]+)`, add" + FENCE, re.DOTALL
)
COMMANDS = re.compile(r"```sh\n(?P<text>.*?)```", re.DOTALL)


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def project(
    request: pytest.FixtureRequest,
    bake: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """An installed project to which every step of its README was applied."""
    folder = tmp_path_factory.mktemp("readme") / "project"
    shutil.copytree(bake(**request.param._asdict()), folder)
    run(folder, "uv sync --quiet")
    for title in STEPS:
        text = section(folder, title)
        for step in CREATE.finditer(text):
            (folder / step["path"]).write_text(step["text"], encoding="utf-8")
        for step in ADD.finditer(text):
            add(folder / step["path"], step)
        for command in commands(text):
            run(folder, command)
    return folder


def test_the_new_path_answers(project: Path) -> None:
    document = json.loads(run(project, "uv run app export-openapi"))
    assert "/api/v1/greetings/{name}" in document["paths"]


def test_the_new_table_is_there(project: Path) -> None:
    with sqlite3.connect(project / "app.db") as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(notes)")}
    assert {"id", "text", "created_at", "updated_at"} <= columns


def test_no_migration_is_missing(project: Path) -> None:
    run(project, "uv run alembic check")


def test_every_check_still_passes(project: Path) -> None:
    listed = commands(section(project, CHECKS))
    assert "uv run pytest" in listed
    for command in listed:
        run(project, command)


def section(project: Path, title: str) -> str:
    """What stands below a heading, up to the next."""
    text = (project / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"the README has no section {title!r}"
    return found[1]


def commands(text: str) -> list[str]:
    """The lines of every shell block."""
    return [line for block in COMMANDS.finditer(text) for line in block["text"].splitlines()]


def add(path: Path, step: re.Match[str]) -> None:
    """Put the text above or below the one line that is named."""
    before, line, after = path.read_text(encoding="utf-8").partition(f"{step['line']}\n")
    assert line, f"{path.name} has no line {step['line']!r}"
    texts = (step["text"], line) if step["where"] == "above" else (line, step["text"])
    path.write_text(before + "".join(texts) + after, encoding="utf-8")


def run(project: Path, command: str) -> str:
    """Run a command as the README writes it."""
    words = [word.strip('"') for word in command.split()]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return support.run(words, project, PATH=path, UV_PYTHON=sys.executable)
