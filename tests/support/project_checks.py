"""Checks of generated projects that need no installation."""

import ast
import functools
import re
import shutil
import sys
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

import template_language
from support import clean_environment
from support import leftover_words
from support import variants
from support.generation import list_files
from support.generation import list_template_files

REMOVED_FILES = {".features.json"}
ADDED_FILES = {".env"}
TEMPLATE_MARKS = re.compile(r"(?:#|//) %|(?<!\$)\{\{ |\{%|cookiecutter\.(?!json)")
LEFTOVER_MARKS = re.compile(r"(?:#|//) %|cookiecutter\.(?!json)")
"""The marks that are wrong in a project's own Jinja templates."""

ANSWERS_FILE = ".cookiecutter.json"
SPACED_FILES = (".toml", ".yaml", ".yml", ".env.example", "Caddyfile", ".gitignore", ".dart", ".ts")
"""How the names of files end in which a blank line parts one thing from the next."""


@functools.lru_cache(1)
def read_texts(project: Path) -> dict[str, str]:
    """Map each path of the project to its text, without `.git`."""
    return {
        name: (project / name).read_text(encoding="utf-8") for name in sorted(list_files(project))
    }


def find_lines(pattern: re.Pattern[str], files: Mapping[str, str]) -> str:
    """Return `file:number: line` for every line that matches the pattern."""
    return "\n".join(
        f"{path}:{number}: {line.strip()}"
        for path, content in files.items()
        if pattern.search(content)
        for number, line in enumerate(content.splitlines(), 1)
        if pattern.search(line)
    )


def check_no_template_marks(project: Path) -> None:
    """Fail if a directive of the template, even a misspelled one, or Jinja is left."""
    texts = read_texts(project)
    own = {path: text for path, text in texts.items() if path.endswith(".jinja")}
    found = find_lines(LEFTOVER_MARKS, own)
    found += find_lines(TEMPLATE_MARKS, {path: texts[path] for path in texts.keys() - own.keys()})
    assert not found, found
    files = {
        path: text
        for path, text in read_texts(project).items()
        if not path.endswith(template_language.JINJA_FILES)
    }
    found = find_lines(template_language.ATTEMPT, files)
    assert not found, found


def check_no_double_blank_lines(project: Path) -> None:
    """Fail if omitted lines left two blank lines together or one at the end."""
    files = {
        path: text for path, text in read_texts(project).items() if path.endswith(SPACED_FILES)
    }
    assert [path for path, text in files.items() if "\n\n\n" in f"{text}\n"] == []


def check_files(project: Path, features: Collection[str]) -> None:
    """Fail unless the project has exactly the files of these features, and no empty folder."""
    off = [path for path, name in variants.map_owned_paths().items() if name not in features]
    kept = {
        name
        for name in list_template_files() - REMOVED_FILES
        if not any(f"{name}/".startswith(f"{path}/") for path in off)
    }
    assert list_files(project) == kept | ADDED_FILES
    folders = [path for path in project.rglob("*") if path.is_dir() and ".git" not in path.parts]
    empty = [str(path) for path in folders if not any(path.iterdir())]
    assert not empty, empty


def check_compiles(project: Path) -> None:
    """Compile every Python file."""
    for path, text in read_texts(project).items():
        if path.endswith(".py"):
            compile_text(text)


@functools.cache
def compile_text(text: str) -> None:
    """Compile a Python file; most are the same in every project."""
    compile(text, "<generated>", "exec", dont_inherit=True)


@functools.cache
def imported_modules(text: str) -> frozenset[str]:
    """Return the top-level modules that a Python file imports anywhere."""
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return frozenset(name.partition(".")[0] for name in names)


def check_lint_and_format(project: Path) -> None:
    """Run Ruff with the settings of the project."""
    ruff = shutil.which("ruff", path=Path(sys.executable).parent)
    for arguments in (["check"], ["format", "--check"]):
        clean_environment.run([str(ruff), *arguments], project)


def check_no_leftover_words(project: Path, answers: Mapping[str, str]) -> None:
    """Fail if a word of a feature that is off is left."""
    found = "\n".join(find_leftover_words(read_texts(project), answers))
    assert not found, found


def find_leftover_words(files: Mapping[str, str], answers: Mapping[str, str]) -> Iterator[str]:
    """Yield `file:line: word` for leftover words; the answers file names every question."""
    for path, text in files.items():
        if path != ANSWERS_FILE:
            yield from leftover_words.find_leftover_words(path, text, answers)
