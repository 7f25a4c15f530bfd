"""What is looked at in every generated project from outside, however it was answered."""

import ast
import functools
import re
import shutil
import sys
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

import leftovers
import local_extensions
import support
from generating import files_of
from generating import template_files

REMOVED = {".features.json"}
ADDED = {".env"}
TEMPLATE_MARKS = re.compile(r"# %|(?<!\$)\{\{ |\{%|cookiecutter\.(?!json)")
ANSWERS_FILE = ".cookiecutter.json"
SETTINGS = (".toml", ".yaml", ".yml", ".env.example", "Caddyfile", ".gitignore")
"""How the names of files end in which a blank line parts one thing from the next."""


@functools.lru_cache(1)
def texts(project: Path) -> dict[str, str]:
    """Path -> text of every file of the project, but for git's own."""
    return {
        name: (project / name).read_text(encoding="utf-8") for name in sorted(files_of(project))
    }


def lines_with(pattern: re.Pattern[str], files: Mapping[str, str]) -> str:
    """`file:number: line` for every line in which the pattern is found."""
    return "\n".join(
        f"{path}:{number}: {line.strip()}"
        for path, content in files.items()
        if pattern.search(content)
        for number, line in enumerate(content.splitlines(), 1)
        if pattern.search(line)
    )


def holds_no_mark(project: Path) -> None:
    """No directive of the template is left, not even a misspelt one, and no Jinja."""
    found = lines_with(TEMPLATE_MARKS, texts(project))
    assert not found, found
    files = {
        path: text
        for path, text in texts(project).items()
        if not path.endswith(local_extensions.JINJA_FILES)
    }
    found = lines_with(local_extensions.ATTEMPT, files)
    assert not found, found


def leaves_no_gap(project: Path) -> None:
    """Where something was left out, no two blank lines stand together, and none at the end."""
    settings = {path: text for path, text in texts(project).items() if path.endswith(SETTINGS)}
    assert [path for path, text in settings.items() if "\n\n\n" in f"{text}\n"] == []


def holds_its_files(project: Path, features: Collection[str]) -> None:
    """Exactly the files that belong to these features or to none, and no empty folder."""
    off = [path for path, name in support.owned_paths().items() if name not in features]
    kept = {
        name
        for name in template_files() - REMOVED
        if not any(f"{name}/".startswith(f"{path}/") for path in off)
    }
    assert files_of(project) == kept | ADDED
    folders = [path for path in project.rglob("*") if path.is_dir() and ".git" not in path.parts]
    assert [path for path in folders if not any(path.iterdir())] == []


def compiles(project: Path) -> None:
    """Python can read every file."""
    for path, text in texts(project).items():
        if path.endswith(".py"):
            compiled(text)


@functools.cache
def compiled(text: str) -> None:
    """Python can read this text; most are the same in every project."""
    compile(text, "<generated>", "exec", dont_inherit=True)


@functools.cache
def imported(text: str) -> frozenset[str]:
    """The modules that a text imports anywhere, without what is inside them."""
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return frozenset(name.partition(".")[0] for name in names)


def is_lint_free_and_formatted(project: Path) -> None:
    """Its own settings of Ruff find nothing to do."""
    ruff = shutil.which("ruff", path=Path(sys.executable).parent)
    for arguments in (["check"], ["format", "--check"]):
        support.run([str(ruff), *arguments], project)


def speaks_of_nothing_else(project: Path, answers: Mapping[str, str]) -> None:
    """No word is left of what was not chosen."""
    found = "\n".join(words_left(texts(project), answers))
    assert not found, found


def words_left(files: Mapping[str, str], answers: Mapping[str, str]) -> Iterator[str]:
    """`file:line: word` for the words of what was not chosen; the answers name every question."""
    for path, text in files.items():
        if path != ANSWERS_FILE:
            yield from leftovers.found(path, text, answers)
