"""Where the template comes from, so that cruft can bring a project its newer versions later.

Cookiecutter and cruft work from within the template while they render: git is asked there. How a
template file is read is the business of local_extensions.py.
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

from jinja2 import Environment
from jinja2.ext import Extension

MACHINES_OWN = ("_output_dir", "_repo_dir", "_checkout")
"""What Cookiecutter adds to the answers, and cruft does not."""

ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
"""Where these are set, they mean another repository than the template's."""


class TemplateOrigin(Extension):
    """The filters `cruft_state`, for the file that cruft reads, and `for_comparison`."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(cruft_state=cruft_state, for_comparison=for_comparison)
        sys.modules.pop(__name__, None)  # as in local_extensions.py


def cruft_state(answers: Mapping[str, Any]) -> str:
    """What `cruft create` would write into `.cruft.json`; nothing if the template is not in git.

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
    """What git can clone: `gh:owner/name` is what it stands for, and no password is in it."""
    if "_commit" in answers:  # cruft works in a clone of its own
        return str(answers["_template"])
    if Path(answers["_repo_dir"]).is_relative_to(answers["_template"]):  # a folder, not a clone
        return top
    return re.sub(r"(?<=^https://)[^/@]+@", "", "".join(git("config", "remote.origin.url")))


def for_comparison(answers: Mapping[str, Any]) -> bool:
    """Whether `cruft update` or `diff` generates: it compares the files, and throws them away."""
    return "_commit" in answers and Path(*git("rev-parse", "--show-toplevel")).name == "repo"


@functools.cache  # for one generation: the next one loads this file anew
def git(*words: str) -> list[str]:
    """The lines that git answers, none if it fails or is not there."""
    kept = {name: text for name, text in os.environ.items() if name not in ELSEWHERE}
    try:
        done = subprocess.run(
            ["git", *words], env=kept, capture_output=True, encoding="utf-8", check=False
        )
    except OSError:
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
