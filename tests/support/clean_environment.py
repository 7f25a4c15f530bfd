"""Run commands in an environment without settings of the tests or of a developer."""

import os
import re
import sys
from pathlib import Path

from support import external_servers
from support import processes

INHERITED_PREFIXES = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "SSL_CERT",
    "UV_",
    "SYSTEMROOT",
    "APPDATA",
    "LOCALAPPDATA",
)
"""Prefixes of the variables that commands inherit; no setting of the backend is among them."""

CACHE = Path(sys.prefix) / "cache"
"""Caches must not be in the template folder: they would be copied into every project."""

FAILED_TEST = re.compile(r"(?m)^(?:FAILED|ERROR) \S+")
"""The lines in which pytest names failed tests, at the end of a long output."""


def run(command: list[str], folder: Path, given: str = "", **settings: str) -> str:
    """Run a command and return its output; if it fails, show all of it."""
    done = processes.run(
        command,
        cwd=folder,
        env=build_environment(**settings),
        input=given,
        capture_output=True,
    )
    failed = FAILED_TEST.findall(done.stdout)
    assert done.returncode == 0, "\n".join(
        [" ".join([*command, *failed]), done.stdout, done.stderr]
    )
    return done.stdout


def build_environment(**settings: str) -> dict[str, str]:
    """Build the variables of a command: those of the machine, and these settings."""
    inherited = {
        name: text
        for name, text in os.environ.items()
        if name.upper().startswith(INHERITED_PREFIXES)
    }
    caches = {"PYTHONPYCACHEPREFIX": str(CACHE / "python"), "RUFF_CACHE_DIR": str(CACHE / "ruff")}
    return {**inherited, **caches, **settings}


def mypy_cache() -> Path:
    """Return the cache folder of mypy: one per worker, shared by all projects.

    mypy recognizes files by their content. Most of its time goes to the libraries, which are the
    same in every project.
    """
    return CACHE / f"mypy-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


def run_backend_tests(command: list[str], project: Path, engine: str, **settings: str) -> str:
    """Run the tests of a backend on this engine; with REQUIRE_SERVERS=1, none may be skipped."""
    settings["TEST_REDIS_URL"] = external_servers.configured_url("redis")
    if engine != "sqlite":
        settings["TEST_DATABASE_URL"] = external_servers.require_server(engine)
    output = run([*command, "-p", "no:cacheprovider", "-rfEs"], project, **settings)
    assert not (external_servers.servers_required() and "skipped" in output.splitlines()[-1]), (
        output
    )
    return output
