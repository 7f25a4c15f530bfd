"""Names and sentences use standard words: each pattern here has the usual word beside it."""

import re
from pathlib import Path

import pytest

from support.generation import list_committed_files
from support.paths import ROOT

STANDARD_WORDS = {
    r"(?-i:\b(?:MOST|LARGEST|LONGEST|SLOWEST|FARTHEST)_[A-Z_]+\b)": "MAX_…",
    r"(?-i:\b(?:FEWEST|SHORTEST)_[A-Z_]+\b)": "MIN_…",
    r"\bwhoever\b": "the user, the client, the caller",
    r"\bwho asks\b": "the user, the client",
    r"\bwhat is asked\b": "the request",
    r"\bwho comes later\b": "later requests",
    r"\bone's own\b": "their own",
    r"\b(?:the )?use cases? (?:of|for)\b": "the service for",
    r"\bon the wire\b": "request and response schemas",
    r"\banew\b": "again",
    r"\b(?:\w+_)?(?:is|are)[ _]told(?![a-z])|\btold in a sentence\b": "is reported",
    r"\bso many (?:bytes|tokens|items|times|requests|servers|clients|rows|texts)\b": "`count` …",
    r"\bpayer\w*": "quota_key",
}
"""Pattern, in any case -> what to write instead."""

TEXT_SUFFIXES = {".py", ".md", ".toml", ".json", ".yml", ".txt", ".dart", ".ts", ".example"}
EXEMPT = {
    "CHANGELOG.md",  # it names what was renamed
    "tests/test_words.py",
    "{{cookiecutter.project_slug}}/app/core/common_passwords.txt",
}
PATTERN = re.compile("|".join(STANDARD_WORDS), re.IGNORECASE)

VAGUE_MODULES = {
    "test_apart",
    "test_looking",
    "test_meanwhile",
    "test_people",
    "test_places",
    "test_trouble",
    *("absent", "asking", "choosing", "fitting", "gate", "heads", "looking", "ledger", "reasons"),
    *("everybody", "units", "wiring", "wishes"),
}
"""File names that say nothing to a reader who has never seen the project."""


def find_nonstandard_words(path: str, text: str) -> list[str]:
    """Return `path:line: word, write …` for every word that has a standard one."""
    found = []
    for match in PATTERN.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        found.append(f"{path}:{line}: {match[0]}, write {standard_word(match[0])}")
    return found


def standard_word(word: str) -> str:
    """Return what to write instead of this word."""
    return next(
        standard
        for pattern, standard in STANDARD_WORDS.items()
        if re.fullmatch(pattern, word, re.IGNORECASE)
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\nMOST_ROWS = 5", ["a.py:2: MOST_ROWS, write MAX_…"]),
        ("Whoever asks", ["a.py:1: Whoever, write the user, the client, the caller"]),
        ("MAX_ROWS = 5  # of the user", []),
    ],
)
def test_a_word_is_found_with_its_line(text: str, found: list[str]) -> None:
    assert find_nonstandard_words("a.py", text) == found


def test_this_repository_uses_standard_words() -> None:
    found = []
    for path in list_committed_files():
        if Path(path).suffix in TEXT_SUFFIXES and path not in EXEMPT:
            text = (ROOT / path).read_text(encoding="utf-8")
            found += find_nonstandard_words(path, text)
    assert found == []


def test_file_names_say_what_is_inside() -> None:
    assert not [path for path in list_committed_files() if Path(path).stem in VAGUE_MODULES]
