"""Refuses answers that no project can be made of, before a file is written.

A refusal is one sentence: key, fault, what would do. Escaping is local_extensions.py's business.
"""

from __future__ import annotations

import json
import keyword
import re
import sys
from urllib.parse import unquote

TEXTS = {  # question: its longest answer, and one that would do
    "project_name": (100, "My Backend"),
    "description": (300, "The backend of my app"),
    "author_name": (100, "Ada Lovelace"),
    "author_email": (254, "ada@example.com"),
}
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
EMAIL = re.compile(rf"{ATOM}(\.{ATOM})*@([a-z0-9-]+\.)+[a-z0-9-]*[a-z0-9]", re.ASCII | re.I)
SLUG = re.compile(r"[a-z]([a-z0-9_]*[a-z0-9])?", re.ASCII | re.I)
WINDOWS = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.I)


def main() -> None:
    """Stop with the first fault, if there is one."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this line is for those that are older
        sys.exit("Python {}.{} is too old; Python 3.11 would do.".format(*sys.version_info))
    answers, choices = json.loads(unquote("{{ [cookiecutter, choices] | jsonify | urlencode }}"))
    for key, (longest, example) in TEXTS.items():
        refuse(key, text_faults(key, str(answers[key]), longest), example)
    slug = str(answers["project_slug"])
    words = re.sub("[^a-z0-9]+", "_", slug.lower()[:40]).strip("_0123456789")
    similar = f"{words.removesuffix('_backend') or 'my'}_backend"
    refuse("project_slug", slug_faults(slug, answers["_distributions"].split()), similar)
    for key, offered in choices.items():
        refuse(key, {f"{answers[key]!r} is not offered": answers[key] not in offered}, offered[0])
    print("Template {{ version }}")


def text_faults(key: str, text: str, longest: int) -> dict[str, bool]:
    """What can be wrong with free text; quotes and braces are not: they are shown as they are."""
    return {
        "it holds a control character": bool(CONTROL.search(text)),
        "it is empty": not text.strip() and key != "description",
        "it begins or ends with a blank": text != text.strip(),
        f"it is longer than {longest} characters": len(text) > longest,
        "it is not an e-mail address": key == "author_email" and not EMAIL.fullmatch(text),
    }


def slug_faults(slug: str, distributions: list[str]) -> dict[str, bool]:
    """What can be wrong with the name of the folder and the package, on any operating system."""
    name = slug.lower()
    faults = {
        "is longer than 50 characters": len(slug) > 50,
        "is not ASCII letters, digits and inner _, a letter first": not SLUG.fullmatch(slug),
        "is a name that Windows keeps for itself": bool(WINDOWS.fullmatch(slug)),
        "is a word of Python": bool({slug, name} & {*keyword.kwlist, *keyword.softkwlist}),
        "is a folder of every generated project": name in ("app", "tests"),
        "is a module of Python's standard library": name in sys.stdlib_module_names,
        "is a package that the project needs": re.sub("_+", "-", name) in distributions,
    }
    return {f"{slug[:50]!r} {fault}": found for fault, found in faults.items()}


def refuse(key: str, faults: dict[str, bool], example: str) -> None:
    """Stop generation with the first fault found."""
    for fault, found in faults.items():
        if found:
            sys.exit(f"{key}: {fault}; {example} would do.")


main()
