"""Variants installed alone, from their own pyproject.toml into their own `.venv`.

Nothing of this repository's environment is in reach, so that what a project forgot to ask for is
missing. Each is checked with its own tools, tested on its real engine, and served.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.main import cookiecutter

from support import app_server
from support import clean_environment
from support import external_servers
from support import model_server
from support import user_journey
from support import variants
from support.pairwise import pairwise_rows
from support.variants import Variant

WANTED = [
    Variant(*(variants.QUESTIONS[name][0] for name in Variant._fields)),  # what most people get
    Variant("postgresql", "jwt", ai_llm="yes", ai_statistical="yes", ai_custom_models="yes"),
    Variant("postgresql", "none", ai_llm="no", ai_statistical="no", ai_custom_models="no"),
    Variant("mysql", "none", ai_llm="no", ai_statistical="yes", ai_custom_models="no"),
    Variant("sqlite", "none", ai_llm="no", ai_statistical="no", ai_custom_models="yes"),
]
"""What pairs alone would not give: the default, everything at once, none and each module alone."""

CORE = {name: variants.QUESTIONS[name] for name in variants.CORE}
INSTALLED = [Variant(**row) for row in pairwise_rows(CORE, [row._asdict() for row in WANTED])]

MIN_COVERAGE_PERCENT = 95
"""Percent of the lines of `app` that all tests of a wanted variant must reach."""

# A lock file is for every system, and so for wheels of PyTorch that need several GB more.
INSTALL_WITH_TORCH = [
    f"venv --quiet --python {sys.executable}",
    "pip install --quiet --python .venv --editable . --group dev",
]
HEAVY = {
    "llm": {"openai"},
    "statistical": {"pandas", "sklearn", "skops"},
    "local_models": {"torch", "transformers"},
}
"""What only a feature brings along."""

SCRIPTS = "Scripts" if os.name == "nt" else "bin"


@pytest.fixture(scope="module", params=INSTALLED, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """The variant under test; first of all its server must be there."""
    chosen: Variant = request.param
    if chosen.database != "sqlite":
        external_servers.require_server(chosen.database)
    return chosen


@pytest.fixture(scope="module")
def project(
    variant: Variant,
    template: Path,
    bake: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """The generated project, with an environment of its own, as the hook makes it.

    All of them take turns in one place, where packages that several have are compiled once.
    """
    folder = tmp_path_factory.getbasetemp() / "installed" / "my_backend"
    shutil.rmtree(folder, ignore_errors=True)  # where the one before it was not even made
    if variant.ai_custom_models == "yes":
        shutil.copytree(bake(**variant._asdict()), folder)
        for command in INSTALL_WITH_TORCH:
            clean_environment.run([sys.executable, "-m", "uv", *command.split()], folder)
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("TEMPLATE_SKIP_INSTALL")
            context = {**variant._asdict(), "install_dependencies": "yes"}
            options: dict[str, Any] = {"no_input": True, "extra_context": context}
            cookiecutter(str(template), output_dir=str(folder.parent), **options)
        assert (folder / "uv.lock").is_file()
    yield folder
    shutil.rmtree(folder)


def tool(project: Path, name: str) -> str:
    """A command that the project's own environment has."""
    path = shutil.which(name, path=project / ".venv" / SCRIPTS)
    assert path, f"{name} is not installed"
    return path


def test_is_isolated_from_this_environment(project: Path) -> None:
    program = "import app, fastapi; print(app.__file__, fastapi.__file__, sep='\\n')"
    files = clean_environment.run(
        [tool(project, "python"), "-c", program], project.parent
    ).splitlines()
    assert Path(files[0]).is_relative_to(project / "app")
    assert Path(files[1]).is_relative_to(project / ".venv")


def test_has_only_the_packages_of_its_modules(project: Path, variant: Variant) -> None:
    every = set().union(*HEAVY.values())
    program = f"from importlib.util import find_spec as f; print(*filter(f, {sorted(every)}))"
    installed = set(
        clean_environment.run([tool(project, "python"), "-c", program], project).split()
    )
    assert installed == set().union(*(HEAVY[name] for name in HEAVY.keys() & variant.features))


@pytest.mark.parametrize(
    "command", ["ruff check", "ruff format --check", "mypy", "lint-imports"], ids=lambda text: text
)
def test_passes_its_own_checks(project: Path, command: str) -> None:
    name, *arguments = command.split()
    cache = str(clean_environment.mypy_cache())
    clean_environment.run([tool(project, name), *arguments], project, MYPY_CACHE_DIR=cache)


def test_its_own_tests_pass(
    project: Path, variant: Variant, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Run everything in the wanted variants, and the tests of features in the others.

    `app/kit` and `tests/kit` know no feature. The wanted variants run them on every engine.
    """
    command = [tool(project, "pytest"), "tests"]
    if variant not in WANTED:
        clean_environment.run_backend_tests(
            [*command, "--ignore=tests/kit"], project, variant.database
        )
        return
    report = tmp_path / "coverage.json"
    command += ["--cov", f"--cov-report=json:{report}", "--cov-report=term-missing:skip-covered"]
    output = clean_environment.run_backend_tests(command, project, variant.database)
    reached = json.loads(report.read_text(encoding="utf-8"))["totals"]
    lines = percent(reached["covered_lines"], reached["num_statements"])
    branches = percent(reached["covered_branches"], reached["num_branches"])
    record_property("covered", f"{lines:.1f} % of lines, {branches:.1f} % of branches")
    assert lines >= MIN_COVERAGE_PERCENT, output


def percent(part: int, whole: int) -> float:
    """How much of the whole a part is."""
    return 100 * part / whole


def test_serves_a_user_journey_and_keeps_data_after_a_restart(
    project: Path, variant: Variant, tmp_path: Path
) -> None:
    command = [tool(project, "app"), "serve"]
    settings, account = {}, variant.auth == "jwt"
    if variant.ai_custom_models == "yes":
        settings = user_journey.configure_sentence_model(tool(project, "python"), tmp_path)
    with (
        external_servers.scratch_database(variant.database, tmp_path) as url,
        model_server.run_model_server() as model_url,
    ):
        if variant.ai_custom_models == "remote":
            settings = user_journey.configure_remote_model(model_url, tmp_path)
        settings["DATABASE_URL"] = url
        with app_server.run_server(command, project, tmp_path, **settings) as address:
            travel = user_journey.run_with_account if account else user_journey.run_without_account
            travel(address, variant.modules)
        with app_server.run_server(command, project, tmp_path, **settings) as address:
            user_journey.check_after_restart(address, variant.modules, account=account)
