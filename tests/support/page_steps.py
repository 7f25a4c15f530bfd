"""Pages of a generated project followed to the letter: files made, lines added, commands run.

A step is a sentence of one of these forms with a block of code below it:

    Create `path`:
    In `path`, above `line`, add:
    In `path`, below `line`, add:
    In `path`, instead of `line`, write:        (or: instead of every `line`)
    `path` is now:                              (what a command wrote)
    <!-- not run: (the reason) -->
    (any sentence) and a block of `sh`: commands, run one by one
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

from support import clean_environment

CODE = r"^```(?P<language>\w*)\n(?P<text>.*?)^```$"
FENCE = re.compile(CODE, re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^(?P<sentence>\S[^\n]*)\n\n" + CODE, re.DOTALL | re.MULTILINE)
CREATE = re.compile(r"Create `(?P<path>[^`]+)`:")
ADD = re.compile(r"In `(?P<path>[^`]+)`, (?P<where>above|below) `(?P<line>[^`]+)`, add:")
REPLACE = re.compile(r"In `(?P<path>[^`]+)`, instead of (?:every )?`(?P<line>[^`]+)`, write:")
SHOW = re.compile(r"`(?P<path>[^`]+)` is now:")
NOT_RUN = re.compile(r"<!-- not run: \w.* -->")
HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)

APP = [sys.executable, "-c", "from app.cli import main; main()"]

RunCommand = Callable[[Path, str], str]


def split_sections(page: Path) -> dict[str, str]:
    """Map each heading to the text below it; the text above all headings has the key ``""``."""
    first, *others = HEADING.split(page.read_text(encoding="utf-8"))
    return {"": first, **dict(zip(others[::2], others[1::2], strict=True))}


def read_commands(text: str) -> list[str]:
    """Return the lines of every shell block."""
    return [line for block in read_blocks(text, "sh") for line in block.splitlines()]


def read_blocks(text: str, language: str) -> list[str]:
    """Return the blocks of one language."""
    return [block["text"] for block in FENCE.finditer(text) if block["language"] == language]


def follow_steps(project: Path, text: str, run: RunCommand) -> list[str]:
    """Carry out the steps in order, and return the paths of the files that were made."""

    def run_each(commands: str) -> None:
        for command in commands.splitlines():
            run(project, command)

    return run_steps(project, text, {"sh": run_each})


def follow_page(page: Path, run: RunCommand) -> tuple[list[str], list[str]]:
    """Carry out every section of a page of a project's docs/.

    Return the files that were made, and the commands above the sections, which were not run.
    """
    sections = split_sections(page)
    commands = read_commands(sections.pop(""))
    made = [path for text in sections.values() for path in follow_steps(page.parents[1], text, run)]
    return made, commands


def read_check_commands(project: Path) -> list[str]:
    """Return the commands by which the README checks a project, without the tests."""
    commands = read_commands(split_sections(project / "README.md")["Test"])
    commands.remove("uv run pytest")
    return commands


def run_checks(project: Path, run: RunCommand) -> None:
    """Run the checks of the README, without the tests."""
    for command in read_check_commands(project):
        run(project, command)


def run_steps(project: Path, text: str, plays: Mapping[str, Callable[[str], object]]) -> list[str]:
    """Carry out the steps in order; ``plays`` maps languages to functions that run their blocks."""
    assert len(BLOCK.findall(text)) == len(FENCE.findall(text)), "a block without a sentence above"
    made = []
    for block in BLOCK.finditer(text):
        if step := CREATE.fullmatch(block["sentence"]):
            create_file(project / step["path"], block["text"])
            made.append(step["path"])
        elif step := ADD.fullmatch(block["sentence"]):
            insert_text(find_one_file(project, step["path"]), step, block["text"])
        elif step := REPLACE.fullmatch(block["sentence"]):
            replace_line(find_one_file(project, step["path"]), step["line"], block["text"])
        elif step := SHOW.fullmatch(block["sentence"]):
            written = (project / step["path"]).read_text(encoding="utf-8")
            assert written == block["text"], f"{step['path']} is not what the page shows"
        elif not NOT_RUN.fullmatch(block["sentence"]):
            is_step = block["language"] in plays and not block["sentence"].startswith("<!--")
            assert is_step, f"not a step: {block['sentence']}"
            plays[block["language"]](block["text"])
    return made


def create_file(path: Path, text: str) -> None:
    """Create a file that must not exist."""
    assert not path.exists(), f"{path} is there already"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def insert_text(path: Path, step: re.Match[str], text: str) -> None:
    """Insert text above or below a line that occurs once."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if line == f"{step['line']}\n"]
    assert len(places) == 1, f"{path.name} has {len(places)} lines {step['line']!r}"
    lines.insert(places[0] + (step["where"] == "below"), text)
    path.write_text("".join(lines), encoding="utf-8")


def replace_line(path: Path, line: str, text: str) -> None:
    """Replace every occurrence of a line by text."""
    content = path.read_text(encoding="utf-8")
    assert f"\n{line}\n" in content, f"{path.name} has no line {line!r}"
    path.write_text(content.replace(f"{line}\n", text), encoding="utf-8")


def find_one_file(project: Path, name: str) -> Path:
    """Return the only file of this name, which may contain a `*`."""
    (path,) = project.glob(name)
    return path


def run_installed(project: Path, command: str) -> str:
    """Run a command unchanged in an installed project."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    settings = {"PATH": path, "UV_PYTHON": sys.executable}
    settings |= {"MYPY_CACHE_DIR": str(clean_environment.mypy_cache())}
    return clean_environment.run(shlex.split(command), project, **settings)


def run_uninstalled(project: Path, command: str) -> str:
    """Run a command of ``uv run`` with the tools of this repository, without an installation."""
    uv, verb, name, *arguments = shlex.split(command)
    assert (uv, verb) == ("uv", "run"), command
    tool = APP if name == "app" else [str(shutil.which(name, path=Path(sys.executable).parent))]
    return clean_environment.run(
        [*tool, *arguments], project, MYPY_CACHE_DIR=str(clean_environment.mypy_cache())
    )
