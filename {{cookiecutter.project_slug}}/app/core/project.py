"""What this project is called: read from pyproject.toml, the one place that says it."""

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
    """Read pyproject.toml once.

    Raises:
        FileNotFoundError, KeyError: when pyproject.toml is missing or names no title.
    """
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    about = content["project"]
    return Project(
        name=about["name"],
        title=content["tool"]["app"]["title"],
        version=about["version"],
        description=about["description"],
    )
