"""The version of the template has one source, and the changelog matches it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from support.paths import ROOT

VERSION = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))["_version"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
SECTION = re.compile(
    r"^## (?P<version>\S+)(?: \((?P<date>\S+)\))?\n(?P<text>.*?)(?=^## |\Z)", re.M | re.S
)
RELEASES = [found for found in SECTION.finditer(CHANGELOG) if found["version"] != "Unreleased"]


def numbers(version: str) -> list[int]:
    """A version as it is compared."""
    return [int(number) for number in version.split(".")]


def test_the_version_follows_semver() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)


def test_the_version_is_the_newest_in_the_changelog() -> None:
    assert SECTION.search(CHANGELOG)["version"] == "Unreleased"  # type: ignore[index]
    assert RELEASES[0]["version"] == VERSION


def test_versions_and_dates_are_in_descending_order() -> None:
    versions = [numbers(section["version"]) for section in RELEASES]
    assert versions == sorted(versions, reverse=True)
    dates = [section["date"] for section in RELEASES]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for date in dates)
    assert dates == sorted(dates, reverse=True)


def test_every_version_has_a_to_do() -> None:
    assert [section["version"] for section in RELEASES if "\nTo do: " not in section["text"]] == []


def test_the_answers_contain_the_version(bake: Callable[..., Path]) -> None:
    kept = json.loads((bake() / ".cookiecutter.json").read_text(encoding="utf-8"))
    assert kept["cookiecutter"]["_version"] == VERSION


def test_the_docs_show_the_version() -> None:
    assert f"(template {VERSION})" in (ROOT / "docs" / "generate.md").read_text(encoding="utf-8")
