"""The metadata of this project, read from pyproject.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Project:
    """Name, title, version and description of this project."""

    name: str
    title: str
    version: str
    description: str


@cache
def project() -> Project:
    """Return the metadata; pyproject.toml is read once.

    Raises:
        FileNotFoundError, KeyError: pyproject.toml is missing or incomplete.
    """
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    about = content["project"]
    return Project(
        name=about["name"],
        title=content["tool"]["app"]["title"],
        version=about["version"],
        description=about["description"],
    )
