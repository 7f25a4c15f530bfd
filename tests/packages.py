"""Which of the packages installed here a project asks for, and what it would see of them."""

import functools
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError
from importlib.metadata import distribution
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OWN = {"app", "tests"}
"""Packages of the project itself, whoever else has one of that name."""


def about(project: Path) -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))


def asked(project: Path) -> frozenset[str]:
    """What the project needs to serve requests."""
    return frozenset(about(project)["project"]["dependencies"])


def asked_by_extras(project: Path) -> frozenset[str]:
    """What some of those who run it need as well."""
    extras = about(project)["project"].get("optional-dependencies", {})
    return frozenset(line for extra in extras.values() for line in extra)


def asked_by_tests(project: Path) -> frozenset[str]:
    """What the project needs to work on it."""
    return asked(project) | frozenset(about(project)["dependency-groups"]["dev"])


@functools.cache
def closure(lines: frozenset[str]) -> frozenset[str]:
    """The names of the installed packages that these requirements bring, and those of them."""
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(line) for line in lines]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        for extra in {"", *wanted.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += needed(name, extra)
    return frozenset(name for name, _ in seen)


def needed(name: str, extra: str) -> Iterable[Requirement]:
    """What an installed package needs on this machine, for one of its extras or without."""
    try:
        lines = distribution(name).requires or []
    except PackageNotFoundError:  # what is only for another system
        return []
    every = map(Requirement, lines)
    return [one for one in every if not one.marker or one.marker.evaluate({"extra": extra})]


@functools.cache
def hidden(lines: frozenset[str]) -> list[str]:
    """The modules that somebody who installs these requirements alone does not have."""
    seen = closure(lines)
    return sorted(
        module
        for module, packages in modules().items()
        if module not in OWN and seen.isdisjoint(map(canonicalize_name, packages))
    )


@functools.cache
def modules() -> dict[str, list[str]]:
    """Module -> the installed packages that bring it."""
    return dict(packages_distributions())


def scripts(lines: frozenset[str]) -> set[str]:
    """The commands that these requirements bring."""
    return set().union(*map(scripts_of, closure(lines)))


@functools.cache
def scripts_of(name: str) -> set[str]:
    """The commands that an installed package brings."""
    try:
        package = distribution(name)
    except PackageNotFoundError:  # what is only for another system
        return set()
    files = (Path(str(file)) for file in package.files or ())
    found = {file.stem for file in files if file.parent.name in ("bin", "Scripts")}
    return found | {point.name for point in package.entry_points.select(group="console_scripts")}
