"""Variants installed alone, from their own pyproject.toml into their own `.venv`.

Nothing of this repository's environment is in reach, so that what a project forgot to ask for is
missing. Each is checked with its own tools, tested on its real engine, and served.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import journey
import serving
import support
from support import Variant

INSTALLED = [
    Variant("sqlite", "jwt"),
    Variant("postgresql", "jwt", ai_llm="yes"),
    Variant("mysql", "jwt", ai_llm="yes", ai_statistical="yes"),
    Variant("sqlite", "none"),
    Variant("sqlite", "none", ai_llm="yes"),
    Variant("sqlite", "none", ai_statistical="yes"),
    Variant("sqlite", "none", ai_custom_models="yes"),
    Variant("postgresql", "jwt", ai_llm="yes", ai_statistical="yes", ai_custom_models="yes"),
]
INSTALL = [f"sync --quiet --python {sys.executable}"]
# A lock file is for every system, and so for wheels of PyTorch that need several GB more.
INSTALL_WITH_TORCH = [
    f"venv --quiet --python {sys.executable}",
    "pip install --quiet --python .venv --editable . --group dev",
]
HEAVY = {
    "ai_llm": {"openai"},
    "ai_statistical": {"pandas", "sklearn", "skops"},
    "ai_custom_models": {"torch", "transformers"},
}
"""What only a module brings along."""

SCRIPTS = "Scripts" if os.name == "nt" else "bin"


@pytest.fixture(scope="module", params=INSTALLED, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """The variant under test; first of all its server must be there."""
    chosen: Variant = request.param
    if chosen.database != "sqlite":
        support.server_url(chosen.database)
    return chosen


@pytest.fixture(scope="module")
def project(
    variant: Variant, bake: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A copy of the generated project, with an environment of its own."""
    folder = tmp_path_factory.mktemp("installed") / "project"
    shutil.copytree(bake(**variant._asdict()), folder)
    for command in INSTALL_WITH_TORCH if variant.ai_custom_models == "yes" else INSTALL:
        support.run([sys.executable, "-m", "uv", *command.split()], folder)
    return folder


def tool(project: Path, name: str) -> str:
    """A command that the project's own environment has."""
    path = shutil.which(name, path=project / ".venv" / SCRIPTS)
    assert path, f"{name} is not installed"
    return path


def test_sees_nothing_of_this_environment(project: Path) -> None:
    program = "import app, fastapi; print(app.__file__, fastapi.__file__, sep='\\n')"
    files = support.run([tool(project, "python"), "-c", program], project.parent).splitlines()
    assert Path(files[0]).is_relative_to(project / "app")
    assert Path(files[1]).is_relative_to(project / ".venv")


def test_has_what_its_modules_need_and_no_more(project: Path, variant: Variant) -> None:
    every = set().union(*HEAVY.values())
    program = f"from importlib.util import find_spec as f; print(*filter(f, {sorted(every)}))"
    installed = set(support.run([tool(project, "python"), "-c", program], project).split())
    assert installed == set().union(*(HEAVY[name] for name in variant.modules))


@pytest.mark.parametrize(
    "command", ["ruff check", "ruff format --check", "mypy", "lint-imports"], ids=lambda text: text
)
def test_passes_its_own_checks(project: Path, command: str) -> None:
    name, *arguments = command.split()
    support.run([tool(project, name), *arguments], project)


def test_passes_its_own_tests(project: Path, variant: Variant) -> None:
    support.run_own_tests([tool(project, "pytest")], project, variant.database)


def test_serves_a_first_journey(project: Path, variant: Variant, tmp_path: Path) -> None:
    command = [tool(project, "app"), "serve"]
    settings = {}
    if variant.ai_custom_models == "yes":
        settings = journey.declare_sentences(tool(project, "python"), tmp_path)
    with (
        serving.scratch_database(variant.database, tmp_path) as url,
        serving.serving(command, project, tmp_path, DATABASE_URL=url, **settings) as address,
    ):
        travel = journey.with_account if variant.auth == "jwt" else journey.without_account
        travel(address, variant.modules)
