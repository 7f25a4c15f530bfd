"""Resolve which installed packages a project requires, and which modules they provide."""

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

PROJECT_MODULES = {"app", "tests"}
"""Modules of the project itself; some packages provide modules of the same name."""


def read_pyproject(project: Path) -> dict[str, Any]:
    """Return the content of pyproject.toml."""
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))


def read_dependencies(project: Path) -> frozenset[str]:
    """Return the dependencies of the project."""
    return frozenset(read_pyproject(project)["project"]["dependencies"])


def read_extra_dependencies(project: Path) -> frozenset[str]:
    """Return the optional dependencies of all extras."""
    extras = read_pyproject(project)["project"].get("optional-dependencies", {})
    return frozenset(line for extra in extras.values() for line in extra)


def read_dev_dependencies(project: Path) -> frozenset[str]:
    """Return the dependencies with those of the group `dev`."""
    return read_dependencies(project) | frozenset(
        read_pyproject(project)["dependency-groups"]["dev"]
    )


@functools.cache
def resolve_names(lines: frozenset[str]) -> frozenset[str]:
    """Return the names of installed packages that these requirements bring, transitively."""
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(line) for line in lines]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        for extra in {"", *wanted.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += read_requirements(name, extra)
    return frozenset(name for name, _ in seen)


def read_requirements(name: str, extra: str) -> Iterable[Requirement]:
    """Return the requirements of an installed package on this machine, for one extra or none."""
    try:
        lines = distribution(name).requires or []
    except PackageNotFoundError:  # what is only for another system
        return []
    every = map(Requirement, lines)
    return [one for one in every if not one.marker or one.marker.evaluate({"extra": extra})]


@functools.cache
def find_undeclared_modules(lines: frozenset[str]) -> list[str]:
    """Return the installed modules that these requirements do not bring."""
    seen = resolve_names(lines)
    return sorted(
        module
        for module, packages in map_modules().items()
        if module not in PROJECT_MODULES and seen.isdisjoint(map(canonicalize_name, packages))
    )


@functools.cache
def map_modules() -> dict[str, list[str]]:
    """Map each module to the installed packages that provide it."""
    return dict(packages_distributions())


def find_scripts(lines: frozenset[str]) -> set[str]:
    """Return the commands that these requirements bring."""
    return set().union(*map(find_package_scripts, resolve_names(lines)))


@functools.cache
def find_package_scripts(name: str) -> set[str]:
    """Return the commands of an installed package."""
    try:
        package = distribution(name)
    except PackageNotFoundError:  # what is only for another system
        return set()
    files = (Path(str(file)) for file in package.files or ())
    found = {file.stem for file in files if file.parent.name in ("bin", "Scripts")}
    return found | {point.name for point in package.entry_points.select(group="console_scripts")}
