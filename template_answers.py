"""Validate the answers, all of them before a file is written.

An error is one line: the key, the fault, and an example of a right answer. Text that needs escaping
is valid; template_filters.py escapes it.
"""

from __future__ import annotations

import difflib
import keyword
import os
import re
import sys
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

TEXTS = {  # question: the maximum length of its answer, and an example
    "project_name": (100, "My Backend"),
    "description": (300, "The backend of my app"),
    "author_name": (100, "Ada Lovelace"),
    "author_email": (254, "ada@example.com"),
}
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
EMAIL = re.compile(rf"{ATOM}(\.{ATOM})*@([a-z0-9-]+\.)+[a-z0-9-]*[a-z0-9]", re.ASCII | re.I)
SLUG = re.compile(r"[a-z]([a-z0-9_]*[a-z0-9])?", re.ASCII | re.I)
RESERVED_ON_WINDOWS = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.I)


def validate_answers(answers: Mapping[str, Any], questions: Mapping[str, Any]) -> dict[str, str]:
    """Map each question with a wrong answer to its error."""
    slug = str(answers["project_slug"])
    words = re.sub("[^a-z0-9]+", "_", slug.lower()[:40]).strip("_0123456789")
    similar = f"{words.removesuffix('_backend') or 'my'}_backend"
    found = {
        key: build_error(key, find_text_faults(key, str(answers[key]), max_length), example)
        for key, (max_length, example) in TEXTS.items()
    }
    faults = find_slug_faults(slug, questions["_distributions"].split())
    found["project_slug"] = build_error("project_slug", faults, similar)
    for key, offered in read_choices(questions).items():
        found[key] = validate_choice(key, str(answers[key]), offered)
    return {key: sentence for key, sentence in found.items() if sentence}


def build_error(key: str, faults: dict[str, bool], example: str) -> str:
    """Return an error for the first fault that was found, or an empty string."""
    return next(
        (f"{key}: {fault}; for example: {example}" for fault in faults if faults[fault]), ""
    )


def find_text_faults(key: str, text: str, max_length: int) -> dict[str, bool]:
    """Map each possible fault of free text to whether this text has it."""
    return {
        "it contains a control character": bool(CONTROL.search(text)),
        "it is empty": not text.strip() and key != "description",
        "it begins or ends with a space": text != text.strip(),
        f"it is longer than {max_length} characters": len(text) > max_length,
        "it is not an e-mail address": key == "author_email" and not EMAIL.fullmatch(text),
    }


def find_slug_faults(slug: str, distributions: list[str]) -> dict[str, bool]:
    """Map each possible fault of a folder and package name, on any system, to whether it has it."""
    name = slug.lower()
    faults = {
        "is longer than 50 characters": len(slug) > 50,
        "must be letters, digits and _, a letter first and no _ last": not SLUG.fullmatch(slug),
        "is a name that Windows reserves": bool(RESERVED_ON_WINDOWS.fullmatch(slug)),
        "is a keyword of Python": bool({slug, name} & {*keyword.kwlist, *keyword.softkwlist}),
        "is a folder in every generated project": name in ("app", "tests"),
        "is a module of Python's standard library": name in sys.stdlib_module_names,
        "is a package that the project needs": re.sub("_+", "-", name) in distributions,
    }
    return {f"{slug[:50]!r} {fault}": found for fault, found in faults.items()}


def validate_choice(key: str, choice: str, offered: list[str]) -> str:
    """Return the error for a choice that is not offered, or an empty string."""
    similar = [*difflib.get_close_matches(choice.lower(), offered, 1, 0.5), offered[0]][0]
    fault = f"{choice[:50]!r} is not one of {', '.join(offered)}"
    return build_error(key, {fault: choice not in offered}, similar)


def describe_unknown_question(key: str, known: Iterable[str]) -> str:
    """Return the error for an answer to a question that does not exist."""
    similar = difflib.get_close_matches(key, known, 1, 0.5)
    hint = f"; did you mean {similar[0]}?" if similar else "."
    return f"{key}: there is no such question{hint}"


def read_choices(questions: Mapping[str, Any]) -> dict[str, list[str]]:
    """Map each question with a fixed list of answers to that list."""
    return {
        key: value
        for key, value in questions.items()
        if isinstance(value, list) and not key.startswith("_")
    }


def read_command_line() -> dict[str, Any]:
    """Return the parameters of the command `cookiecutter`; empty if another program runs."""
    import click

    context = click.get_current_context(silent=True)
    return context.params if context and "replay" in context.params else {}


def prepare_replay(refused: Iterable[str], repository: str) -> str:
    """Remove wrong answers from Cookiecutter's replay file; return how to answer them again.

    `--replay` asks the questions that the file does not answer. Return an empty string if there
    were no questions.
    """
    from cookiecutter import config
    from cookiecutter import replay

    given = read_command_line()
    if not given or given["no_input"] or given["replay_file"]:
        return ""
    folder = config.get_user_config(given["config_file"], given["default_config"])["replay_dir"]
    name = os.path.basename(os.path.abspath(repository))  # noqa: PTH100, PTH119 - as Cookiecutter does
    kept = replay.load(folder, name)
    for key in refused:
        kept["cookiecutter"].pop(key, None)
    replay.dump(folder, name, kept)
    without = f", without {' '.join(given['extra_context'])}" if given["extra_context"] else ""
    return f"To answer only what was wrong, run the same command again with --replay{without}."
