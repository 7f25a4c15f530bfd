"""Check the commands, options, extras and files that the pages of a project mention."""

import re
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

from support import installed_packages

RUN = re.compile(r"\buv run (?P<name>[\w-]+)(?P<words>(?: [\w.=/:@-]+)*)")
APP = re.compile(r"`app (?P<words>[\w-]+(?: [\w.=/:@-]+)*)")
EXTRA = re.compile(r"--extra ([\w-]+)")
LINK = re.compile(r"\]\((?!\w+:|#)([^)#]+)")
FILE = re.compile(r"`((?:app|config|docs|flutter|tests|vite)/[\w./-]+)`")
CREATED = re.compile(r"[Cc]reate `([^`]+)`")
NEW_TABLE = re.compile(r"\bapp new table (\w+)s ")
TABLE_FILES = ("{}", "{}s", "test_{}s")
"""What `app new table` calls its files."""


def find_missing(
    project: Path, files: Mapping[str, str], commands: Mapping[str, list[str]]
) -> list[str]:
    """Return `file: reference` for each command, option, extra and file that does not exist.

    ``commands`` are those of the project's own command ``app``, each with its options.
    """
    scripts = {
        "app",
        "python",
        *installed_packages.find_scripts(installed_packages.read_dev_dependencies(project)),
    }
    extras = installed_packages.read_pyproject(project)["project"].get("optional-dependencies", {})
    made = " ".join(path for text in files.values() for path in CREATED.findall(text))
    problems = []
    for path, text in files.items():
        said = [match["name"] for match in RUN.finditer(text)]
        problems += [f"{path}: uv run {name}" for name in said if name not in scripts]
        problems += [
            f"{path}: app {words}"
            for words in find_app_calls(text)
            if not command_exists(words, commands)
        ]
        problems += [
            f"{path}: --extra {name}" for name in EXTRA.findall(text) if name not in extras
        ]
        if path.endswith(".md"):
            linked = [(project / path).parent / link for link in LINK.findall(text)]
            written = {name.format(one) for one in NEW_TABLE.findall(text) for name in TABLE_FILES}
            named = [
                project / name
                for name in FILE.findall(text)
                if name not in made and Path(name).stem not in written
            ]
            problems += [f"{path}: {file}" for file in linked + named if not file.exists()]
    return problems


def find_app_calls(text: str) -> Iterator[str]:
    """Yield every call of the command ``app``, without its name."""
    yield from (match["words"].strip() for match in RUN.finditer(text) if match["name"] == "app")
    yield from (match["words"] for match in APP.finditer(text))


def command_exists(words: str, commands: Mapping[str, list[str]]) -> bool:
    """Return whether there is such a command with such options."""
    name, *arguments = words.split() or [""]
    options = [word.partition("=")[0] for word in arguments if word.startswith("-")]
    return name in commands and set(options) <= {*commands[name], "--help"}
