"""The words of what a project was made without: taken from the template, not written by hand.

Every line of the template takes flags: that of the feature which owns its file, and those of the
guards around it. What such a line gives a name to (a module, a class, a setting, a path, a package)
must be spoken of nowhere where these flags are off, neither in code nor in a comment or on a page.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

import local_extensions
import packages
import support
from generating import template_files

Flags = frozenset[str]

OTHERWISE = {
    "asyncpg": "the driver of an engine: the code is the same for all, the URL decides",
    "aiomysql": "as asyncpg",
    "cryptography": "as asyncpg",
    "session": "a session of the database",
    "model": "a class for a table",
    "unit": "a unit of work; a test without input or output",
    "limit": "how long a page may be",
    "email": "of the author",
    "timeout_second": "of the database",
    "wait_second": "of the database, of a place among those who ask language models",
    "me": "who writes the template folder, somebody in an address",
    "task": "a task of asyncio",
    "stream": "where the log is written",
    "ai": "docs/extending.md says how to add it",
    "queue_full": "the code of an error that two modules have",
    "describe": "English",
    "everybody": "English",
    "total": "English",
    "processor": "of the machine",
    "work": "English",
}
"""Names of features that are words of every project, too -> what they mean there."""

MEANT = re.compile(
    r"user:password@"  # in the URL of a database
    r"|password of the database|make_url\(self\.database_url\)\.password"
    r"|CREATE USER app(?: PASSWORD)?|--user=app --password|\bUser="  # of a server
    r"|\\password|SET PASSWORD = PASSWORD"
    r'|"role": "user"'  # who says a message to a language model
    r"|Content-Security-Policy|User-Agent|fastapi\.security"  # of HTTP, not of accounts
    r'|"torch"'  # what statistics keep out of their workers, whoever installs it
    r"|sklearn\.compose"
    r"|^USER \d|\brefresh \ds|multi-user\.target|^permissions:|\.set\(password=",  # not of people
    re.MULTILINE,
)
"""Texts in which a word means something else."""

OF_MODELS = {"llm", "llm_accounts", "llm_anonymous", "custom_models"}
MODELS_SAY = {"token", "user", "role"}
"""Words of accounts that models of language have as well, in the files of these features."""

STRAY = {"docs", "examples", "tests"}
"""Modules that some packages install beside their own, by mistake."""

LONGEST = 3
"""Of how many words a name in prose may be made, as in "language models"."""

WORD = re.compile(r"\w+")
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
DEFINED = re.compile(
    r"\s*(?:async )?(?:def|class) ([A-Za-z]\w+)|(?: {4})?([A-Za-z]\w+)(?:: .+)? = "
)
IMPORTED = re.compile(r"from (?!app|tests)\S+ import (\w+)")
PATH = re.compile(r"\"(/[\w{}/-]+)\"")
SETTING = re.compile(r"(?:# )?([A-Z][A-Z0-9_]+)=")
PACKAGE = re.compile(r" {4}\"([\w-]+)[^\"]*\",")
PROPER = re.compile(r"(?<=[a-z,:] )[A-Z]\w+")


class Line(NamedTuple):
    """A line of the template, and all the flags that it takes."""

    path: str
    text: str
    flags: Flags


def found(path: str, text: str, answers: Mapping[str, str]) -> Iterator[str]:
    """`path:line: word` for each word in this file of what these answers left out."""
    unwanted = words_without(answers)
    if owner(path) in OF_MODELS:
        unwanted = unwanted - MODELS_SAY
    for word in sorted(spoken(text).keys() & unwanted):
        yield f"{path}:{spoken(text)[word]}: {word}"


def words_without(answers: Mapping[str, str]) -> frozenset[str]:
    """What only the features that these answers leave out give a name to."""
    return _words_without(tuple(answers.items()))


@functools.cache
def _words_without(answers: tuple[tuple[str, str], ...]) -> frozenset[str]:
    on = support.flags(dict(answers))
    named = {word for word, takers in names().items() if not any(taken <= on for taken in takers)}
    return frozenset((named | proper_names(dict(answers))) - OTHERWISE.keys())


@functools.cache
def names() -> dict[str, set[Flags]]:
    """Everything that has a name -> the flags of each line that gives it."""
    every = defaultdict(set)
    for path, feature in support.owned_paths().items():
        pure = PurePosixPath(path).with_suffix("")
        every[in_prose(" ".join(pure.parts[-2:]))].add(frozenset([feature]))
        if not pure.name.startswith("__"):
            for word in (snake(pure.name), in_prose(pure.name)):
                every[word].add(frozenset([feature]))
    for line in lines():
        for name in named(line):
            for word in forms(name):
                every[word].add(line.flags)
    return every


def named(line: Line) -> Iterator[str]:
    """What this line gives a name to."""
    if line.path.endswith(".py"):
        if defined := DEFINED.match(line.text):
            name = defined[1] or defined[2]
            compound = "_" in HUMP.sub("_", name)  # a single word may mean anything
            if compound and not name.startswith("test_"):
                yield name
        if not line.flags and (imported := IMPORTED.match(line.text)):
            yield imported[1]
    if line.path.startswith("app/api/v1/endpoints/"):
        for path in PATH.findall(line.text):
            yield from (part for part in path.split("/") if part and "{" not in part)
    if line.path == ".env.example" and (setting := SETTING.match(line.text)):
        yield setting[1]
    if line.path == "pyproject.toml" and (package := PACKAGE.match(line.text)):
        yield package[1]
        brought = (module for module, by in packages.modules().items() if package[1] in by)
        yield from (module for module in brought if module not in STRAY)


def lines() -> Iterator[Line]:
    """Every line of the template that is written in the language of comments."""
    for path in sorted(template_files()):
        if path.endswith(local_extensions.JINJA_FILES):
            continue
        flags = [feature] if (feature := owner(path)) else []
        for text in (support.TEMPLATE / path).read_text(encoding="utf-8").splitlines():
            if local_extensions.END.fullmatch(text):
                flags.pop()
            elif block := local_extensions.BLOCK.fullmatch(text):
                flags.append(block["flag"])
            elif guard := local_extensions.GUARD.fullmatch(text):
                yield Line(path, guard["code"], frozenset([*flags, guard["flag"]]))
            else:
                yield Line(path, text, frozenset(flags))


def owner(path: str) -> str | None:
    """The feature that a file belongs to."""
    owned = support.owned_paths().items()
    return next((name for own, name in owned if f"{path}/".startswith(f"{own}/")), None)


def proper_names(answers: Mapping[str, str]) -> set[str]:
    """What the questions call by its name, but for the answers that were given.

    What a question itself names belongs to every answer to it, but for a no.
    """
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for question in support.CHOICES.keys() - {"database"}:  # the code knows every engine
        given = answers[question]
        for answer, text in support.ANSWERS["__prompts__"][question].items():
            chosen = answer == given or (answer == "__prompt__" and given not in ("no", ""))
            names[chosen].update(PROPER.findall(text))
    return {word for name in names[False] - names[True] for word in forms(name)}


@functools.cache
def vocabulary() -> set[str]:
    """Every word that some answers leave out."""
    nothing = dict.fromkeys(support.CHOICES, "")
    return names().keys() | proper_names(nothing)


@functools.cache
def spoken(text: str) -> dict[str, int]:
    """Each word of the vocabulary that this text speaks of -> its first line."""
    text = MEANT.sub("", text)
    words = [(HUMP.sub("_", match[0]).lower(), match.start()) for match in WORD.finditer(text)]
    first: dict[str, int] = {}
    for start, (_, position) in enumerate(words):
        for length in range(1, LONGEST + 1):
            phrase = singular(" ".join(word for word, _ in words[start : start + length]))
            if phrase in vocabulary() and phrase not in first:
                first[phrase] = text.count("\n", 0, position) + 1
    return first


def forms(name: str) -> set[str]:
    """How code and people write a name: `rate_limiter`, and `scikit learn` for `scikit-learn`."""
    return {snake(name), *([in_prose(name)] if "-" in name else [])}


def snake(name: str) -> str:
    """A name as Python's variables are written."""
    return singular(HUMP.sub("_", name).replace("-", "_").lower())


def in_prose(name: str) -> str:
    """A name as people write it."""
    return singular(re.sub(r"[\s_-]", " ", name.lower()))


def singular(word: str) -> str:
    """The word without an s at its end; both sides of a comparison go through this."""
    return word.removesuffix("s") if len(word) > 3 else word
