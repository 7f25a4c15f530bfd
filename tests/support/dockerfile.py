"""Parse the Dockerfile and the .dockerignore of a project."""

import fnmatch
import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

from support.generation import list_files

CONTINUED = re.compile(r"\\\n\s*")
COMMENT = re.compile(r"^\s*#.*\n", re.MULTILINE)
FLAG = re.compile(r"--(?P<name>[\w-]+)=(?P<value>\S+)\s+")
VARIABLE = re.compile(r"\$\{?(\w+)\}?")


class Instruction(NamedTuple):
    """An instruction: its word, its options (`--name=value`), and the rest of the line."""

    word: str
    options: dict[str, str]
    text: str

    @property
    def words(self) -> list[str]:
        """Return the arguments, from JSON or separated by blanks."""
        if self.text.startswith("["):
            words: list[str] = json.loads(self.text)
            return words
        return shlex.split(self.text)

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables of ENV and ARG."""
        return dict(word.split("=", 1) for word in self.words)


def parse_dockerfile(dockerfile: Path) -> list[Instruction]:
    """Return the instructions in their order."""
    text = COMMENT.sub("", dockerfile.read_text(encoding="utf-8"))
    return [
        parse_instruction(line) for line in CONTINUED.sub(" ", text).splitlines() if line.strip()
    ]


def parse_instruction(line: str) -> Instruction:
    """Return the instruction in a line."""
    word, _, text = line.partition(" ")
    options = {}
    while option := FLAG.match(text.lstrip()):
        options[option["name"]] = option["value"]
        text = text.lstrip()[option.end() :]
    return Instruction(word, options, text.strip())


def expand_variables(text: str, variables: dict[str, str]) -> str:
    """Replace variables by their values, and unknown ones by nothing, as a build does."""
    return VARIABLE.sub(lambda name: variables.get(name[1], ""), text)


def list_build_context(project: Path) -> set[str]:
    """Return the files that `.dockerignore` does not exclude; the last matching line decides."""
    lines = (project / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    return {name for name in list_files(project) if not is_ignored(name, rules)}


def is_ignored(name: str, rules: list[str]) -> bool:
    """Return whether a file or one of its folders is excluded."""
    parts = name.split("/")
    paths = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    out = False
    for rule in rules:
        pattern = rule.removeprefix("!").removeprefix("**/")
        names = parts if "**/" in rule else paths
        if any(fnmatch.fnmatchcase(each, pattern) for each in names):
            out = not rule.startswith("!")
    return out
