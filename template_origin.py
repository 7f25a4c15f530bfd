"""Where the template comes from, so that cruft can bring a project its newer versions later.

Cookiecutter and cruft work from within the template while they render: git is asked there. How a
template file is read is defined in template_language.py.
"""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from urllib.parse import urlunsplit

from jinja2 import Environment
from jinja2.ext import Extension

MACHINES_OWN = ("_output_dir", "_repo_dir", "_checkout")
"""What Cookiecutter adds to the answers, and cruft does not."""

ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
"""Where these are set, they mean another repository than the template's."""

URL = re.compile(r"\w[\w.+-]+://|[\w.-]+@[\w.-]+:")
"""How an address begins that is no folder."""


class TemplateOrigin(Extension):
    """Adds the filters `cruft_state`, for `.cruft.json`, and `for_comparison`."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(cruft_state=cruft_state, for_comparison=for_comparison)
        sys.modules.pop(__name__, None)  # as in local_extensions.py


def cruft_state(answers: Mapping[str, Any]) -> str:
    """Return the `.cruft.json` that `cruft create` would write; empty if git knows no template.

    It is ASCII, because on Windows cruft reads it in the encoding of the system.
    """
    if "_template" not in answers:  # the questions are still being asked
        return ""
    asked = ("--show-toplevel", "--show-prefix", "HEAD", "HEAD:../cookiecutter.json")
    if not (found := git("rev-parse", *asked)):
        return ""
    top, inner, commit, _ = found
    if not (address := template_address(answers, top)):
        return ""
    folder = PurePosixPath(inner).parent.as_posix()
    kept = {name: answer for name, answer in answers.items() if name not in MACHINES_OWN}
    state = {
        "template": address,
        "commit": commit,
        "checkout": answers.get("_checkout"),
        "context": {"cookiecutter": kept | {"_template": address, "_commit": commit}},
        "directory": None if folder == "." else folder,
    }
    return json.dumps(state, indent=2, separators=(",", ": "))


def template_address(answers: Mapping[str, Any], top: str) -> str:
    """Return a URL that git can clone, without abbreviations (`gh:`) and passwords.

    A folder of somebody's own stands for the URL that it was cloned from, if that has the commit.
    """
    if "_commit" in answers:  # cruft works in a clone of its own
        return without_credentials(str(answers["_template"]))
    origin = "".join(git("config", "remote.origin.url"))
    is_folder = Path(answers["_repo_dir"]).is_relative_to(answers["_template"])
    if is_folder and not (URL.match(origin) and is_published()):
        return top
    return without_credentials(origin)


def is_published() -> bool:
    """Return whether the origin has the current commit, as far as git knows."""
    return bool(git("for-each-ref", "--contains", "HEAD", "refs/remotes/origin"))


def without_credentials(address: str) -> str:
    """Return the address without password and token; SSH addresses keep their user."""
    if "://" not in address:  # a folder, or git@host:path
        return re.sub(r"^([^:@/\\]+):[^@/\\]*@", r"\1@", address)
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    user = user.partition(":")[0] if parts.scheme.endswith("ssh") else ""
    netloc = f"{user}@{host}" if user else host
    return urlunsplit((parts.scheme, netloc, parts.path, "", ""))


def for_comparison(answers: Mapping[str, Any]) -> bool:
    """Return whether `cruft update` or `cruft diff` generates files only to compare them."""
    return "_commit" in answers and Path(*git("rev-parse", "--show-toplevel")).name == "repo"


@functools.cache  # for one generation: the next one loads this file again
def git(*words: str) -> list[str]:
    """Return the lines that a git command prints; none if it fails or git is missing."""
    kept = {name: text for name, text in os.environ.items() if name not in ELSEWHERE}
    try:
        done = subprocess.run(
            ["git", *words], env=kept, capture_output=True, encoding="utf-8", check=False
        )
    except OSError:
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
