"""Every variant, generated and looked at from outside; `test_installed.py` installs and runs some.

The tools and libraries are those of this repository's environment, which holds everything that
any variant needs.
"""

import json
import re
import sys
import tomllib
from collections import ChainMap
from collections.abc import Callable
from pathlib import Path

import openapi_spec_validator
import pytest

import support
from support import Variant

DRIVERS = {"sqlite": "aiosqlite", "postgresql": "asyncpg", "mysql": "aiomysql"}

INDIRECT = {
    **dict.fromkeys(DRIVERS.values(), "SQLAlchemy loads the driver that the URL names"),
    "bcrypt": "passlib's backend",
    "cryptography": "aiomysql needs it for caching_sha2_password",
    "email-validator": "pydantic's EmailStr",
    "python-multipart": "FastAPI's forms",
    "redis": "limits loads it when the limits are kept in Redis",
}
"""What no import names -> why it is asked for all the same."""

SHARED_PATHS = {
    "/health/live": {"get"},
    "/health/ready": {"get"},
    "/api/v1/items": {"get", "post"},
    "/api/v1/items/{}": {"get", "patch", "delete"},
}
ACCOUNT_PATHS = {
    "/api/v1/auth/register": {"post"},
    "/api/v1/auth/token": {"post"},
    "/api/v1/auth/refresh": {"post"},
    "/api/v1/auth/logout": {"post"},
    "/api/v1/auth/logout-all": {"post"},
    "/api/v1/users": {"get"},
    "/api/v1/users/me": {"get", "patch", "delete"},
    "/api/v1/users/me/password": {"post"},
    "/api/v1/users/{}": {"get", "patch", "delete"},
}
LLM_PATHS = {
    "/api/v1/ai/llm/models": {"get"},
    "/api/v1/ai/llm/usage": {"get"},
    "/api/v1/ai/llm/chat": {"post"},
    "/api/v1/ai/llm/chat/stream": {"post"},
}
STATISTICAL_PATHS = {
    "/api/v1/ai/statistical/models": {"get", "post"},
    "/api/v1/ai/statistical/models/csv": {"post"},
    "/api/v1/ai/statistical/models/{}": {"get", "delete"},
    "/api/v1/ai/statistical/models/{}/report": {"get"},
    "/api/v1/ai/statistical/models/{}/predict": {"post"},
    "/api/v1/ai/statistical/models/by-name/{}/predict": {"post"},
    "/api/v1/ai/statistical/describe": {"post"},
    "/api/v1/ai/statistical/describe/csv": {"post"},
}
CUSTOM_MODEL_PATHS = {
    "/api/v1/ai/custom-models": {"get"},
    "/api/v1/ai/custom-models/{}/classify": {"post"},
    "/api/v1/ai/custom-models/{}/tokens": {"post"},
    "/api/v1/ai/custom-models/{}/embed": {"post"},
    "/api/v1/ai/custom-models/{}/generate": {"post"},
    "/api/v1/ai/custom-models/{}/classify-image": {"post"},
    "/api/v1/ai/custom-models/{}/detect-objects": {"post"},
    "/api/v1/ai/custom-models/{}/transcribe": {"post"},
}
PATHS = {
    "jwt": ACCOUNT_PATHS,
    "llm": LLM_PATHS,
    "statistical": STATISTICAL_PATHS,
    "custom_models": CUSTOM_MODEL_PATHS,
    "llm_accounts": {"/api/v1/ai/llm/usage/totals": {"get"}},
}
"""Feature -> the paths that it brings."""

TEMPLATE_MARKS = re.compile(r"# %|(?<!\$)\{\{ |\{%|cookiecutter\.(?!json)")
ACCOUNT_WORDS = re.compile(
    r"\b(users?|accounts?|admins?|roles?|permissions?|passwords?|passlib|bcrypt|tokens?|jwt|jose"
    r"|secret_key|log ?in|log ?out|sign in|register|refresh|auth|authenticat\w*|authoriz\w*)\b",
    re.IGNORECASE,
)
NOT_OF_ACCOUNTS = re.compile(
    r"user:password@"  # in the URL of a database
    r'|"auth": "none"'  # the answer itself
    r'|"role": "user"'  # who says a message to a language model
    r"|^USER \d|refresh \ds|multi-user\.target|^permissions:|\.set\(password=",  # not of people
    re.MULTILINE,
)
NOT_OF_ACCOUNTS_IN_LLM = re.compile(r"\b(role|user|tokens?|authorization)\b", re.IGNORECASE)
"""Words that models of language have, too; in the files of these features they mean those."""

IMPORT_ALL = """
import importlib, pkgutil, app
for module in pkgutil.walk_packages(app.__path__, "app."):
    if not module.name.startswith("app.db.migrations."):  # Alembic runs those, inside its context
        importlib.import_module(module.name)
"""
APP = [sys.executable, "-c", "from app.cli import main; main()"]


@pytest.fixture(scope="module", params=support.VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """The variant under test."""
    chosen: Variant = request.param
    return chosen


@pytest.fixture
def project(variant: Variant, bake: Callable[..., Path]) -> Path:
    """The generated project."""
    return bake(**variant._asdict())


def texts(project: Path) -> dict[Path, str]:
    """Every file of the project, but for git's own."""
    return {
        path.relative_to(project): path.read_text(encoding="utf-8")
        for path in sorted(project.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def lines_with(pattern: re.Pattern[str], files: dict[Path, str]) -> str:
    """`file:number: line` for every line in which the pattern is found."""
    return "\n".join(
        f"{path.as_posix()}:{number}: {line.strip()}"
        for path, content in files.items()
        for number, line in enumerate(content.splitlines(), 1)
        if pattern.search(line)
    )


def test_holds_no_mark_of_the_template(project: Path) -> None:
    found = lines_with(TEMPLATE_MARKS, texts(project))
    assert not found, found


def test_compiles(project: Path) -> None:
    support.run([sys.executable, "-m", "compileall", "-q", "-f", "."], project)


def test_is_lint_free_and_formatted(project: Path) -> None:
    for arguments in (["check"], ["format", "--check"]):
        support.run([sys.executable, "-m", "ruff", *arguments], project)


def test_every_import_resolves(project: Path) -> None:
    support.run([sys.executable, "-c", IMPORT_ALL], project)


def test_asks_for_what_it_uses_and_nothing_else(project: Path) -> None:
    ignored = "|".join(sorted(INDIRECT.keys() & dependencies(project)))
    support.run(
        [sys.executable, "-m", "deptry", ".", "--per-rule-ignores", f"DEP002={ignored}"], project
    )


def test_asks_for_one_driver(project: Path, variant: Variant) -> None:
    assert dependencies(project) & set(DRIVERS.values()) == {DRIVERS[variant.database]}


def dependencies(project: Path) -> set[str]:
    """The names of what the project needs to run, extras included."""
    about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = about.get("optional-dependencies", {}).values()
    asked = [*about["dependencies"], *(line for extra in extras for line in extra)]
    return {re.split(r"[\[<>=~! ;]", line)[0] for line in asked}


def test_openapi_is_valid_and_names_what_the_variant_has(project: Path, variant: Variant) -> None:
    document = json.loads(support.run([*APP, "export-openapi"], project))
    openapi_spec_validator.validate(document)
    paths = {
        re.sub(r"\{\w+\}", "{}", path): set(methods) for path, methods in document["paths"].items()
    }
    expected = [PATHS[name] for name in variant.features & PATHS.keys()]
    assert paths == dict(ChainMap(SHARED_PATHS, *expected))
    assert ("securitySchemes" in document["components"]) == (variant.auth == "jwt")


def test_migrations_hold_every_model(project: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{(tmp_path / 'check.db').as_posix()}"
    support.run([*APP, "migrate"], project, DATABASE_URL=url)
    support.run([sys.executable, "-m", "alembic", "check"], project, DATABASE_URL=url)


def test_without_accounts_no_word_is_left_of_them(project: Path, variant: Variant) -> None:
    manifest = json.loads((support.TEMPLATE / ".features.json").read_text(encoding="utf-8"))
    of_models = (*manifest["llm"]["paths"], *manifest["custom_models"]["paths"])
    files = {path: NOT_OF_ACCOUNTS.sub("", text) for path, text in texts(project).items()}
    for path in files:
        if path.as_posix().startswith(of_models):
            files[path] = NOT_OF_ACCOUNTS_IN_LLM.sub("", files[path])
    found = lines_with(ACCOUNT_WORDS, files)
    if variant.auth == "jwt":
        assert found
        return
    assert not found, found
    assert [path.as_posix() for path in files if ACCOUNT_WORDS.search(path.as_posix())] == []
