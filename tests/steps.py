"""Pages of a generated project followed to the letter: files made, lines added, commands run.

A step is a sentence of one of these forms with a block of code below it:

    Create `path`:
    In `path`, above `line`, add:
    In `path`, below `line`, add:
    In `path`, instead of `line`, write:        (or: instead of every `line`)
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

import support

CODE = r"^```(?P<language>\w*)\n(?P<text>.*?)^```$"
FENCE = re.compile(CODE, re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^(?P<sentence>\S[^\n]*)\n\n" + CODE, re.DOTALL | re.MULTILINE)
CREATE = re.compile(r"Create `(?P<path>[^`]+)`:")
ADD = re.compile(r"In `(?P<path>[^`]+)`, (?P<where>above|below) `(?P<line>[^`]+)`, add:")
SWAP = re.compile(r"In `(?P<path>[^`]+)`, instead of (?:every )?`(?P<line>[^`]+)`, write:")
NOT_RUN = re.compile(r"<!-- not run: \w.* -->")
HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)

APP = [sys.executable, "-c", "from app.cli import main; main()"]

Run = Callable[[Path, str], str]


def sections(page: Path) -> dict[str, str]:
    """Heading -> what stands below it, in their order; what stands above all of them is ``""``."""
    first, *others = HEADING.split(page.read_text(encoding="utf-8"))
    return {"": first, **dict(zip(others[::2], others[1::2], strict=True))}


def commands(text: str) -> list[str]:
    """The lines of every shell block."""
    return [line for block in blocks(text, "sh") for line in block.splitlines()]


def blocks(text: str, language: str) -> list[str]:
    """The blocks of one language."""
    return [block["text"] for block in FENCE.finditer(text) if block["language"] == language]


def follow(project: Path, text: str, run: Run) -> list[str]:
    """Carry out every step in its order; the paths of the files that were made."""

    def run_each(commands: str) -> None:
        for command in commands.splitlines():
            run(project, command)

    return walk(project, text, {"sh": run_each})


def walk(project: Path, text: str, plays: Mapping[str, Callable[[str], object]]) -> list[str]:
    """Carry out every step in its order; what is no file is played by what its language names."""
    assert len(BLOCK.findall(text)) == len(FENCE.findall(text)), "a block without a sentence above"
    made = []
    for block in BLOCK.finditer(text):
        if step := CREATE.fullmatch(block["sentence"]):
            create(project / step["path"], block["text"])
            made.append(step["path"])
        elif step := ADD.fullmatch(block["sentence"]):
            add(only(project, step["path"]), step, block["text"])
        elif step := SWAP.fullmatch(block["sentence"]):
            swap(only(project, step["path"]), step["line"], block["text"])
        elif not NOT_RUN.fullmatch(block["sentence"]):
            is_step = block["language"] in plays and not block["sentence"].startswith("<!--")
            assert is_step, f"not a step: {block['sentence']}"
            plays[block["language"]](block["text"])
    return made


def create(path: Path, text: str) -> None:
    """Make a file that is not there yet."""
    assert not path.exists(), f"{path} is there already"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def add(path: Path, step: re.Match[str], text: str) -> None:
    """Put the text above or below the one line that is named."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if line == f"{step['line']}\n"]
    assert len(places) == 1, f"{path.name} has {len(places)} lines {step['line']!r}"
    lines.insert(places[0] + (step["where"] == "below"), text)
    path.write_text("".join(lines), encoding="utf-8")


def swap(path: Path, line: str, text: str) -> None:
    """Put the text where this line stands, wherever it does."""
    content = path.read_text(encoding="utf-8")
    assert f"\n{line}\n" in content, f"{path.name} has no line {line!r}"
    path.write_text(content.replace(f"{line}\n", text), encoding="utf-8")


def only(project: Path, name: str) -> Path:
    """The one file of this name, which may hold a `*`."""
    (path,) = project.glob(name)
    return path


def run_installed(project: Path, command: str) -> str:
    """Run a command as it is written, in a project that is installed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    settings = {"PATH": path, "UV_PYTHON": sys.executable}
    settings |= {"MYPY_CACHE_DIR": str(support.mypy_cache())}
    return support.run(shlex.split(command), project, **settings)


def run_here(project: Path, command: str) -> str:
    """Run a command of ``uv run`` by the tools of this repository, which needs no installation."""
    uv, verb, name, *arguments = shlex.split(command)
    assert (uv, verb) == ("uv", "run"), command
    tool = APP if name == "app" else [str(shutil.which(name, path=Path(sys.executable).parent))]
    return support.run([*tool, *arguments], project, MYPY_CACHE_DIR=str(support.mypy_cache()))
