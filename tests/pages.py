"""What the pages and files of a generated project tell people to type, open and read."""

import re
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

import packages

RUN = re.compile(r"\buv run (?P<name>[\w-]+)(?P<words>(?: [\w.=/:@-]+)*)")
APP = re.compile(r"`app (?P<words>[\w-]+(?: [\w.=/:@-]+)*)")
EXTRA = re.compile(r"--extra ([\w-]+)")
LINK = re.compile(r"\]\((?!\w+:|#)([^)#]+)")
FILE = re.compile(r"`((?:app|config|docs|tests)/[\w./-]+)`")
CREATED = re.compile(r"[Cc]reate `([^`]+)`")


def missing(
    project: Path, files: Mapping[str, str], commands: Mapping[str, list[str]]
) -> list[str]:
    """`file: what` for each command, option, extra and file that is spoken of but is not there.

    ``commands`` are those of the project's own command ``app``, each with its options.
    """
    scripts = {"app", "python", *packages.scripts(packages.asked_by_tests(project))}
    extras = packages.about(project)["project"].get("optional-dependencies", {})
    made = " ".join(path for text in files.values() for path in CREATED.findall(text))
    problems = []
    for path, text in files.items():
        said = [match["name"] for match in RUN.finditer(text)]
        problems += [f"{path}: uv run {name}" for name in said if name not in scripts]
        problems += [
            f"{path}: app {words}" for words in app_calls(text) if not there(words, commands)
        ]
        problems += [
            f"{path}: --extra {name}" for name in EXTRA.findall(text) if name not in extras
        ]
        if path.endswith(".md"):
            linked = [(project / path).parent / link for link in LINK.findall(text)]
            named = [project / name for name in FILE.findall(text) if name not in made]
            problems += [f"{path}: {file}" for file in linked + named if not file.exists()]
    return problems


def app_calls(text: str) -> Iterator[str]:
    """Every call of the command ``app``, without its name."""
    yield from (match["words"].strip() for match in RUN.finditer(text) if match["name"] == "app")
    yield from (match["words"] for match in APP.finditer(text))


def there(words: str, commands: Mapping[str, list[str]]) -> bool:
    """Whether there is such a command with such options."""
    name, *arguments = words.split() or [""]
    options = [word.partition("=")[0] for word in arguments if word.startswith("-")]
    return name in commands and set(options) <= {*commands[name], "--help"}
