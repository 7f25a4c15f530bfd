"""Find words of features that a project was generated without.

The words are taken from the template. Every line of the template belongs to flags: that of the
feature that owns its file, and those of the guards around it. A name that such lines define (a
module, a class, a setting, a path, a package) must not occur in a project in which these flags are
off, neither in code nor in a comment or on a page.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

import template_language
from support import installed_packages
from support import variants
from support.generation import list_template_files
from support.paths import TEMPLATE

Flags = frozenset[str]

COMMON_WORDS = {
    "asyncpg": "the driver of an engine: the code is the same for all, the URL decides",
    "aiomysql": "as asyncpg",
    "cryptography": "as asyncpg",
    "session": "a session of the database",
    "exception": "of Python",
    "client_ip": "where a request comes from",
    "model": "a class for a table",
    "unit of work": "a transaction of the database",
    "limit": "how long a page may be",
    "email": "of the author",
    "me": "who writes the template folder, somebody in an address",
    "stream": "where the log is written",
    "ai": "docs/extending.md says how to add it",
    "api_key": "an argument of the library of OpenAI",
    "max_retrie": "an argument of the library of OpenAI",
    "storage": "where rate limits are counted",
    "read_timeout": "of files, as obstore calls it",
    "queue_full": "the code of an error that two modules have",
    "describe": "English",
    "export": "English",
    "anonymou": "a client that says nothing about itself",
    "total": "English",
    "sse": "how words end",
    "work": "English",
    "model_dump_json": "of Pydantic",
    "security": "security headers, and how to report a hole",
}
"""Names of features that are words of every project, too -> what they mean there."""

OTHER_MEANINGS = re.compile(
    r"user:password@"  # in the URL of a database
    r"|password of the database|make_url\(self\.database_url\)\.password"
    r"|CREATE USER app(?: PASSWORD)?|--user=app --password|\bUser="  # of a server
    r"|\\password|SET PASSWORD = PASSWORD"
    r'|"role": "user"'  # who says a message to a language model
    r"|User-Agent"  # of HTTP, not of accounts
    r"|multipart/form-data"  # a media type of HTTP
    r'|"torch"'  # blocked in the workers of statistics
    r"|sklearn\.compose"
    r"|^USER \d|\brefresh \ds|multi-user\.target|^permissions:|\.set\(password=",  # not of people
    re.MULTILINE,
)
"""Texts in which a word means something else."""

CUSTOM_MODEL_FLAGS = {"custom_models", "local_models"}
MODEL_FLAGS = {"llm", "llm_accounts", "llm_anonymous", *CUSTOM_MODEL_FLAGS}
MODEL_WORDS = {"token", "user", "role"}
"""Words of accounts that models of language have as well, in the files of these features."""

CUSTOM_MODEL_WORDS = {
    "predict",  # of statistics
    *("openai", "open_ai", "max_token"),  # of language models
    *("cpu", "text_classification", "text_generation"),
    *("token_classification", "zero_shot_classification"),  # of local models
}
"""Words of other features that custom models have as well, in the files of these features."""

STRAY_MODULES = {"docs", "examples", "tests"}
"""Modules that some packages install beside their own, by mistake."""

MAX_PHRASE_WORDS = 3
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
PROPER_NAME = re.compile(r"(?<=[a-z,:] )[A-Z]\w+")


class Line(NamedTuple):
    """A line of the template, and all the flags that it belongs to."""

    path: str
    text: str
    flags: Flags


def find_leftover_words(path: str, text: str, answers: Mapping[str, str]) -> Iterator[str]:
    """Yield `path:line: word` for each word of a feature that these answers switch off."""
    unwanted = find_unwanted_words(answers)
    if owning_flag(path) in MODEL_FLAGS:
        unwanted = unwanted - MODEL_WORDS
    if owning_flag(path) in CUSTOM_MODEL_FLAGS:
        unwanted = unwanted - CUSTOM_MODEL_WORDS
    for word in sorted(find_vocabulary(text).keys() & unwanted):
        yield f"{path}:{find_vocabulary(text)[word]}: {word}"


def find_unwanted_words(answers: Mapping[str, str]) -> frozenset[str]:
    """Return the names that only features define which these answers switch off."""
    return _find_unwanted_words(tuple(answers.items()))


@functools.cache
def _find_unwanted_words(answers: tuple[tuple[str, str], ...]) -> frozenset[str]:
    on = variants.derive_flags(dict(answers))
    named = {
        word for word, takers in collect_names().items() if not any(taken <= on for taken in takers)
    }
    return frozenset((named | collect_proper_names(dict(answers))) - COMMON_WORDS.keys())


@functools.cache
def collect_names() -> dict[str, set[Flags]]:
    """Map each name to the flags of every line that defines it."""
    every = defaultdict(set)
    for path, feature in variants.map_owned_paths().items():
        pure = PurePosixPath(path).with_suffix("")
        every[to_prose(" ".join(pure.parts[-2:]))].add(frozenset([feature]))
        if not pure.name.startswith("__"):
            for word in (to_snake_case(pure.name), to_prose(pure.name)):
                every[word].add(frozenset([feature]))
    for line in read_template_lines():
        for name in names_in_line(line):
            for word in spellings(name):
                every[word].add(line.flags)
    return every


def names_in_line(line: Line) -> Iterator[str]:
    """Yield the names that a line defines."""
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
        brought = (
            module for module, by in installed_packages.map_modules().items() if package[1] in by
        )
        yield from (module for module in brought if module not in STRAY_MODULES)


def read_template_lines() -> Iterator[Line]:
    """Yield the lines of files in which comments are directives, less imports that may go."""
    for path in sorted(list_template_files()):
        if path.endswith(template_language.JINJA_FILES):
            continue
        lines = list(_read_lines(path))
        in_all = [line.text if not line.flags else "" for line in lines]
        only_sometimes = template_language.find_unused_imports(
            [line.text for line in lines], in_all
        )
        yield from (line for index, line in enumerate(lines) if index not in only_sometimes)


def _read_lines(path: str) -> Iterator[Line]:
    flags = [feature] if (feature := owning_flag(path)) else []
    for text in (TEMPLATE / path).read_text(encoding="utf-8").splitlines():
        if template_language.END.fullmatch(text):
            flags.pop()
        elif block := template_language.BLOCK.fullmatch(text):
            flags.append(block["flag"])
        elif guard := template_language.GUARD.fullmatch(text):
            yield Line(path, guard["code"], frozenset([*flags, guard["flag"]]))
        else:
            yield Line(path, text, frozenset(flags))


def owning_flag(path: str) -> str | None:
    """Return the flag that a file belongs to."""
    owned = variants.map_owned_paths().items()
    return next((name for own, name in owned if f"{path}/".startswith(f"{own}/")), None)


def collect_proper_names(answers: Mapping[str, str]) -> set[str]:
    """Return proper names in the prompts of answers that were not given.

    What a question itself names belongs to every answer to it, but for a no.
    """
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for question in variants.CHOICES.keys() - {"database"}:  # the code knows every engine
        given = answers[question]
        for answer, text in variants.QUESTIONS["__prompts__"][question].items():
            chosen = answer == given or (answer == "__prompt__" and given not in ("no", ""))
            names[chosen].update(PROPER_NAME.findall(text))
    return {word for name in names[False] - names[True] for word in spellings(name)}


@functools.cache
def build_vocabulary() -> set[str]:
    """Return every word that some answers must leave out."""
    nothing = dict.fromkeys(variants.CHOICES, "")
    return collect_names().keys() | collect_proper_names(nothing)


@functools.cache
def find_vocabulary(text: str) -> dict[str, int]:
    """Map each word of the vocabulary in a text to its first line."""
    text = OTHER_MEANINGS.sub("", text)
    words = [(HUMP.sub("_", match[0]).lower(), match.start()) for match in WORD.finditer(text)]
    first: dict[str, int] = {}
    for start, (_, position) in enumerate(words):
        for length in range(1, MAX_PHRASE_WORDS + 1):
            phrase = to_singular(" ".join(word for word, _ in words[start : start + length]))
            if phrase in build_vocabulary() and phrase not in first:
                first[phrase] = text.count("\n", 0, position) + 1
    return first


def spellings(name: str) -> set[str]:
    """Return the spellings of a name, such as `scikit_learn` and `scikit learn`."""
    return {to_snake_case(name), *([to_prose(name)] if "-" in name else [])}


def to_snake_case(name: str) -> str:
    """Return a name as a Python variable."""
    return to_singular(HUMP.sub("_", name).replace("-", "_").lower())


def to_prose(name: str) -> str:
    """Return a name as words in lower case."""
    return to_singular(re.sub(r"[\s_-]", " ", name.lower()))


def to_singular(word: str) -> str:
    """Return the word without an s at its end."""
    return word.removesuffix("s") if len(word) > 3 else word
