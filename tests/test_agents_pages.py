"""AGENTS.md of the template and of its projects: short, and every command works."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support import page_steps
from support.paths import ROOT
from support.variants import Variant

MAX_LINES = 80
VARIANTS = [
    Variant("sqlite", "none", docker="no", ci="none"),
    Variant("sqlite", "jwt", ai_llm="yes", ai_statistical="yes"),
]

Bake = Callable[..., Path]


def read_page(project: Path) -> str:
    """Return the AGENTS.md of a project."""
    return (project / "AGENTS.md").read_text(encoding="utf-8")


def test_the_template_has_a_short_one() -> None:
    assert len(read_page(ROOT).splitlines()) <= MAX_LINES


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_command_works(variant: Variant, bake: Bake, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(bake(**variant._asdict()), project)
    page = read_page(project)
    assert len(page.splitlines()) <= MAX_LINES
    commands = page_steps.read_commands(page)
    assert "uv run app new table notes text:str done:bool" in commands
    for command in commands:
        page_steps.run_uninstalled(project, command)
