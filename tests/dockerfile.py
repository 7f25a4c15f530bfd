"""Reads a Dockerfile, as far as ours go, and the list of what is sent to the builder."""

import fnmatch
import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

from generating import files_of

CONTINUED = re.compile(r"\\\n\s*")
COMMENT = re.compile(r"^\s*#.*\n", re.MULTILINE)
FLAG = re.compile(r"--(?P<name>[\w-]+)=(?P<value>\S+)\s+")
VARIABLE = re.compile(r"\$\{?(\w+)\}?")


class Step(NamedTuple):
    """One instruction: its word, its options (`--name=value`), and the rest of the line."""

    word: str
    options: dict[str, str]
    text: str

    @property
    def words(self) -> list[str]:
        """The arguments, in the form of JSON or with blanks between."""
        if self.text.startswith("["):
            words: list[str] = json.loads(self.text)
            return words
        return shlex.split(self.text)

    @property
    def variables(self) -> dict[str, str]:
        """`NAME=value`, of ENV and ARG."""
        return dict(word.split("=", 1) for word in self.words)


def steps(dockerfile: Path) -> list[Step]:
    """Every instruction in its order."""
    text = COMMENT.sub("", dockerfile.read_text(encoding="utf-8"))
    return [step(line) for line in CONTINUED.sub(" ", text).splitlines() if line.strip()]


def step(line: str) -> Step:
    """An instruction of one line."""
    word, _, text = line.partition(" ")
    options = {}
    while option := FLAG.match(text.lstrip()):
        options[option["name"]] = option["value"]
        text = text.lstrip()[option.end() :]
    return Step(word, options, text.strip())


def expanded(text: str, variables: dict[str, str]) -> str:
    """The text with the variables that are known by then; others are empty, as in a build."""
    return VARIABLE.sub(lambda name: variables.get(name[1], ""), text)


def sent_to_builder(project: Path) -> set[str]:
    """The files that `.dockerignore` leaves; its last line that fits decides."""
    lines = (project / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    return {name for name in files_of(project) if not ignored(name, rules)}


def ignored(name: str, rules: list[str]) -> bool:
    """Whether a file, or a folder that it lies in, is left out."""
    parts = name.split("/")
    paths = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    out = False
    for rule in rules:
        pattern = rule.removeprefix("!").removeprefix("**/")
        names = parts if "**/" in rule else paths
        if any(fnmatch.fnmatchcase(each, pattern) for each in names):
            out = not rule.startswith("!")
    return out
