"""What each answer adds to a project: its packages, and its files with a line about each.

Nothing is typed here: questions and flags stand in cookiecutter.json, who owns a file in the
manifest of features, what it is for in its own first line.
"""

import ast
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from tracked import tracked

GUARDED = re.compile(r'^    "(?P<name>[\w-]+)[^"]*",  # %if (?P<flag>\w+)$', re.MULTILINE)
HEADING = re.compile(r"# (?P<text>[^{\n]+)\n")
COMMENT = re.compile(r"^(?:///?|/\*\*) (?P<text>\w[^\n]*?)(?: \*/)?$", re.MULTILINE)
MANIFEST = ".features.json"

Answers = dict[str, Any]


def page(template: Path) -> str:
    """A chapter for every question, and one for what every project has, in Markdown."""
    questions = json.loads((template.parent / "cookiecutter.json").read_text(encoding="utf-8"))
    chapters = [
        chapter(template, questions, name)
        for name, answers in questions.items()
        if isinstance(answers, list) and not name.startswith("_")
    ]
    always = f"## What every project has\n\n{tree(template, common(template))}"
    return "\n\n".join([*chapters, always])


def chapter(template: Path, questions: Answers, name: str) -> str:
    """What each answer to one question adds, when all others are answered with everything."""
    wording = questions["__prompts__"][name]
    answers = {choice: everything(questions) | {name: choice} for choice in questions[name]}
    files = {choice: files_of(template, questions, answers[choice]) for choice in answers}
    packages = {choice: packages_of(template, questions, answers[choice]) for choice in answers}
    parts = [f"## {wording['__prompt__']}?"]
    for choice in answers:
        parts.append(f"### `{name}={choice}`\n\n{wording[choice]}.")
        if own := packages[choice] - in_all(packages.values()):
            parts.append(f"It brings {', '.join(f'`{package}`' for package in sorted(own))}.")
        if owned := files[choice] - in_all(files.values()):
            parts.append(tree(template, owned))
    return "\n\n".join(parts)


def in_all(sets: Iterable[set[str]]) -> set[str]:
    """What is in every one of these."""
    first, *others = sets
    return first.intersection(*others)


def everything(questions: Answers) -> Answers:
    """The answers with which most is there: yes where that can be said, else the default."""
    return {
        name: answers if isinstance(answers, str) else "yes" if "yes" in answers else answers[0]
        for name, answers in questions.items()
        if not name.startswith("_")
    }


def common(template: Path) -> set[str]:
    """The files that no feature owns."""
    features = json.loads((template / MANIFEST).read_text(encoding="utf-8")).values()
    owned = [path for feature in features for path in feature["paths"]]
    return {path for path in all_files(template) if not is_below(path, owned)}


def files_of(template: Path, questions: Answers, answers: Answers) -> set[str]:
    """The files of a project with these answers."""
    off = paths_off(template, questions, answers)
    return {path for path in all_files(template) if not is_below(path, off)}


def packages_of(template: Path, questions: Answers, answers: Answers) -> set[str]:
    """The packages that these answers make a project depend on."""
    text = (template / "pyproject.toml").read_text(encoding="utf-8")
    dependencies = text.partition("\ndependencies = [\n")[2].partition("\n]")[0]
    on = flags(questions, answers)
    return {line["name"] for line in GUARDED.finditer(dependencies) if on[f"__{line['flag']}"]}


def paths_off(template: Path, questions: Answers, answers: Answers) -> list[str]:
    """The paths that belong to features which are off."""
    manifest = (template / MANIFEST).read_text(encoding="utf-8")
    rendered = compiled(manifest).render(cookiecutter=flags(questions, answers))
    features = json.loads(rendered).values()
    return [path for feature in features if not feature["on"] for path in feature["paths"]]


def flags(questions: Answers, answers: Answers) -> Answers:
    """The answers, and what cookiecutter.json derives from them; what is not about them is off."""
    known = dict(answers)
    for name, text in questions.items():
        if name.startswith("__") and isinstance(text, str):
            asks = "cookiecutter.get(" in text
            known[name] = compiled(text).render(cookiecutter=answers) if asks else ""
    return known


@cache
def compiled(text: str) -> Any:
    """A text with expressions in it, read once."""
    return Environment().from_string(text)  # noqa: S701 - this makes no HTML


@cache
def all_files(template: Path) -> list[str]:
    """The files of the template folder, but for the manifest, which the hook takes away."""
    return [path for path in tracked(template) if path != MANIFEST]


def is_below(path: str, places: Iterable[str]) -> bool:
    """Whether a file is one of these, or lies in one."""
    return any(path == place or path.startswith(f"{place}/") for place in places)


def tree(template: Path, paths: set[str]) -> str:
    """These files in their folders, in a block of text. Of tests, only the folders are shown."""
    lines: dict[str, str] = {}
    for path in sorted(paths):
        parts = path.split("/")
        shown = parts[:-1] if parts[0] == "tests" or parts[-1] == "__init__.py" else parts
        for depth in range(1, len(shown) + 1):
            place, is_folder = "/".join(shown[:depth]), depth < len(parts)
            first = f"{place}/__init__.py" if is_folder else place
            description = about(template / first) if first in paths else ""
            name = "  " * (depth - 1) + shown[depth - 1] + "/" * is_folder
            lines.setdefault(place, f"{name:<36}  {description}".rstrip())
    return "\n".join(["```text", *lines.values(), "```"])


def about(path: Path) -> str:
    """The first line of a file: of its docstring, or its heading or comment, if it has one."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        docstring = ast.get_docstring(ast.parse(text)) or ""
        return docstring.partition("\n")[0].replace("``", "")
    found = HEADING.match(text) or COMMENT.search(text)
    return found["text"] if found else ""
