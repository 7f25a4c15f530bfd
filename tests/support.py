"""What the tests share: answers, servers, and commands that see nothing of this environment.

How a generated backend is served stands in `serving.py`, how it is asked in `journey.py`.
"""

import functools
import itertools
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import jinja2
import pytest

import local_extensions
import template_origin

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
ANSWERS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
CHOICES = local_extensions.choices(ANSWERS)

SERVERS = {
    "postgresql": ("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "mysql": ("TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/mysql"),
    "redis": ("TEST_REDIS_URL", "redis://127.0.0.1:6379/0"),
}
"""Kind of server -> the variable that names one, and where it is when nobody says."""

KEPT = (
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
"""How the variables begin that commands may inherit; no setting of the backend is among them."""

CACHE = Path(sys.prefix) / "cache"
"""No cache may lie in the template folder: it would be generated with everything else."""


MODULES = ("ai_llm", "ai_statistical", "ai_custom_models")
"""The questions about what an application can do."""


FAILED_TEST = re.compile(r"(?m)^(?:FAILED|ERROR) \S+")
"""How pytest says what failed, after much else."""


class Variant(NamedTuple):
    """The answers that decide which files a project has."""

    database: str
    auth: str
    ai_llm: str = "no"
    ai_statistical: str = "no"
    ai_custom_models: str = "no"
    docker: str = "yes"
    ci: str = "github"

    def __str__(self) -> str:
        files = [f"docker_{self.docker}", f"ci_{self.ci}"]
        usual = files == ["docker_yes", "ci_github"]
        return "-".join([self.database, self.auth, *self.modules, *([] if usual else files)])

    @property
    def modules(self) -> list[str]:
        """The questions about modules that are answered with yes."""
        return [name for name in MODULES if getattr(self, name) == "yes"]

    @property
    def features(self) -> set[str]:
        """The flags that are on, as `.features.json` names them."""
        on = {self.database}
        on |= {"jwt", "limits", "units", "processors"} if self.auth == "jwt" else {"anonymous"}
        if self.ai_llm == "yes":
            on |= {"ai", "llm", "limits", "units", "disconnects"}
        if "llm" in on:
            on.add("llm_accounts" if "jwt" in on else "llm_anonymous")
        if self.ai_statistical == "yes":
            on |= {"ai", "statistical", "units", "uploads"}
        if self.ai_custom_models == "yes":
            on |= {"ai", "custom_models", "uploads", "disconnects", "processors"}
        if {"jwt", "statistical"} <= on:
            on.add("statistical_accounts")
        if self.docker == "yes":
            on |= {"docker"} if self.database == "sqlite" else {"docker", "scale"}
        if self.ci == "github":
            on.add("github")
        return on


CORE = ("database", "auth", *MODULES)
VARIANTS = [Variant(*answers) for answers in itertools.product(*(ANSWERS[name] for name in CORE))]


def run(command: list[str], folder: Path, given: str = "", **settings: str) -> str:
    """Run a command to its end and return what it printed; fail with all of it."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(**settings),
        input=given,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    failed = FAILED_TEST.findall(done.stdout)
    assert done.returncode == 0, "\n".join(
        [" ".join([*command, *failed]), done.stdout, done.stderr]
    )
    return done.stdout


def environment(**settings: str) -> dict[str, str]:
    """Variables for a command: what a machine has, then these settings, and nothing of ours."""
    inherited = {name: text for name, text in os.environ.items() if name.upper().startswith(KEPT)}
    caches = {"PYTHONPYCACHEPREFIX": str(CACHE / "python"), "RUFF_CACHE_DIR": str(CACHE / "ruff")}
    return {**inherited, **caches, **settings}


def server_url(kind: str) -> str:
    """The address of a server; without one the test is skipped or, where required, fails."""
    url, default = named_url(kind), SERVERS[kind][1]
    host, port = urlsplit(url).hostname, urlsplit(url).port or urlsplit(default).port
    try:
        socket.create_connection((str(host), int(str(port))), timeout=3).close()
    except OSError as error:
        reason = f"no {kind} at {host}:{port} ({SERVERS[kind][0]}): {error}"
        (pytest.fail if servers_required() else pytest.skip)(reason)
    return url


def named_url(kind: str) -> str:
    """Where a server of this kind is said to be."""
    return os.environ.get(*SERVERS[kind])


def servers_required() -> bool:
    """Whether a test without its server has failed."""
    return os.environ.get("REQUIRE_SERVERS") == "1"


def mypy_cache() -> Path:
    """Where mypy keeps what it knows: one folder a worker, for all projects.

    It takes files for the same that hold the same, wherever they lie: most of its time goes to
    the libraries, which are the same in every project.
    """
    return CACHE / f"mypy-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


def run_own_tests(command: list[str], project: Path, engine: str) -> str:
    """Run a backend's own tests on this engine; where servers are required, none is skipped."""
    settings = {"TEST_REDIS_URL": named_url("redis")}
    if engine != "sqlite":
        settings["TEST_DATABASE_URL"] = server_url(engine)
    output = run([*command, "-p", "no:cacheprovider", "-rfEs"], project, **settings)
    assert not (servers_required() and "skipped" in output.splitlines()[-1]), output
    return output


def complete(answers: Mapping[str, str]) -> dict[str, str]:
    """These answers, and the default of every other question that offers a choice."""
    return {question: offered[0] for question, offered in CHOICES.items()} | dict(answers)


def flags(answers: Mapping[str, str]) -> frozenset[str]:
    """What cookiecutter.json derives from the answers, as far as it is on."""
    environment = jinja2.Environment(extensions=[template_origin.TemplateOrigin])  # noqa: S701
    rules = local_extensions.derived_values(ANSWERS)
    return frozenset(
        name
        for name, rule in rules.items()
        if environment.from_string(rule).render(cookiecutter=answers)
    )


@functools.cache
def owned_paths() -> dict[str, str]:
    """Path of the template folder -> the feature that owns it."""
    manifest = json.loads((TEMPLATE / ".features.json").read_text(encoding="utf-8"))
    return {path: name for name, feature in manifest.items() for path in feature["paths"]}
