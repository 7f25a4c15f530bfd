"""Every variant, generated and looked at from outside; `test_installed.py` installs and runs some.

The tools and libraries are those of this repository's environment, which holds everything that
any variant needs; `probe.py` hides from each what it does not ask for.
"""

import json
import re
import runpy
import sys
from collections import ChainMap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest

import checking
import leftovers
import packages
import pages
import support
from support import Variant

examples = runpy.run_path(str(support.TEMPLATE / "tests/support/examples.py"))["examples"]

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

ACCOUNT_WORDS = re.compile(
    r"\b(users?|accounts?|admins?|roles?|permissions?|passwords?|passlib|bcrypt|tokens?|jwt|jose"
    r"|secret_key|log ?in|log ?out|sign in|register|refresh|auth|authenticat\w*|authoriz\w*)\b",
    re.IGNORECASE,
)
NOT_OF_ACCOUNTS = re.compile(f'{leftovers.MEANT.pattern}|"auth": "none"', leftovers.MEANT.flags)
NOT_OF_ACCOUNTS_IN_LLM = re.compile(r"\b(role|user|tokens?|authorization)\b", re.IGNORECASE)
"""Words that models of language have, too; in the files of these features they mean those."""

PROBE = Path(__file__).with_name("probe.py")


@pytest.fixture(scope="module", params=support.VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """The variant under test."""
    chosen: Variant = request.param
    return chosen


@pytest.fixture(scope="module")
def answers(variant: Variant) -> dict[str, str]:
    """The answer to every question that offers a choice."""
    return support.complete(variant._asdict())


@pytest.fixture(scope="module")
def project(variant: Variant, bake: Callable[..., Path]) -> Path:
    """The generated project."""
    return bake(**variant._asdict())


@pytest.fixture(scope="module")
def told(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the project says of itself when it sees only what it asks for: see `probe.py`."""
    folder = tmp_path_factory.mktemp("probe")
    hidden = packages.hidden(packages.asked(project))
    url = f"sqlite:///{(folder / 'probe.db').as_posix()}"
    results = folder / "results.json"
    support.run([sys.executable, str(PROBE), str(results), url], project, json.dumps(hidden))
    found: dict[str, dict[str, Any]] = json.loads(results.read_text(encoding="utf-8"))
    return found


def found(told: dict[str, dict[str, Any]], stage: str) -> Any:
    """What one stage of the probe found; fail with what stopped it."""
    assert "found" in told[stage], told[stage]["trouble"]
    return told[stage]["found"]


def test_holds_no_mark_of_the_template(project: Path) -> None:
    checking.holds_no_mark(project)


def test_holds_exactly_its_files(project: Path, variant: Variant) -> None:
    checking.holds_its_files(project, variant.features)


def test_leaves_no_gap(project: Path) -> None:
    checking.leaves_no_gap(project)


def test_compiles(project: Path) -> None:
    checking.compiles(project)


def test_is_lint_free_and_formatted(project: Path) -> None:
    checking.is_lint_free_and_formatted(project)


def test_speaks_of_nothing_that_was_not_chosen(project: Path, answers: dict[str, str]) -> None:
    checking.speaks_of_nothing_else(project, answers)


def test_imports_with_its_own_dependencies_alone(told: dict[str, dict[str, Any]]) -> None:
    found(told, "imports")


def test_its_tests_import_what_it_asks_for(project: Path) -> None:
    hidden = set(packages.hidden(packages.asked_by_tests(project)))
    files = {name: text for name, text in checking.texts(project).items() if name.endswith(".py")}
    assert {
        name: found for name in files if (found := checking.imported(files[name]) & hidden)
    } == {}


def test_asks_for_what_it_uses_and_nothing_else(project: Path) -> None:
    asked = map(name_of, packages.asked(project) | packages.asked_by_extras(project))
    ignored = "|".join(sorted(INDIRECT.keys() & set(asked)))
    support.run(
        [sys.executable, "-m", "deptry", ".", "--per-rule-ignores", f"DEP002={ignored}"], project
    )


def test_asks_for_one_driver(project: Path, variant: Variant) -> None:
    asked = set(map(name_of, packages.asked(project)))
    assert asked & set(DRIVERS.values()) == {DRIVERS[variant.database]}


def name_of(requirement: str) -> str:
    """The name of the package that is asked for."""
    return re.split(r"[\[<>=~! ;]", requirement)[0]


def test_openapi_is_valid_and_names_what_the_variant_has(
    told: dict[str, dict[str, Any]], variant: Variant, answers: dict[str, str]
) -> None:
    document = found(told, "openapi")
    openapi_spec_validator.validate(document)
    paths = {
        re.sub(r"\{\w+\}", "{}", path): set(methods) for path, methods in document["paths"].items()
    }
    expected = [PATHS[name] for name in variant.features & PATHS.keys()]
    assert paths == dict(ChainMap(SHARED_PATHS, *expected))
    assert all(map(str.isalnum, document["components"]["schemas"])), "a name that nobody gave"
    assert len([*examples(document)]) == json.dumps(document).count('"requestBody":')
    assert ("securitySchemes" in document["components"]) == (variant.auth == "jwt")
    left = checking.words_left({"openapi.json": json.dumps(document, indent=1)}, answers)
    words = {line.rpartition(": ")[2] for line in left}
    assert words <= (leftovers.MODELS_SAY if variant.features & leftovers.OF_MODELS else set())


def test_migrations_hold_every_model(told: dict[str, dict[str, Any]]) -> None:
    found(told, "migrations")


def test_its_pages_name_what_is_there(project: Path, told: dict[str, dict[str, Any]]) -> None:
    assert pages.missing(project, checking.texts(project), found(told, "commands")) == []


def test_without_accounts_no_word_is_left_of_them(project: Path, variant: Variant) -> None:
    files = {path: NOT_OF_ACCOUNTS.sub("", text) for path, text in checking.texts(project).items()}
    for path, text in files.items():
        if leftovers.owner(path) in leftovers.OF_MODELS:
            files[path] = NOT_OF_ACCOUNTS_IN_LLM.sub("", text)
    left = checking.lines_with(ACCOUNT_WORDS, files)
    if variant.auth == "jwt":
        assert left
        return
    assert not left, left
    assert [path for path in files if ACCOUNT_WORDS.search(path)] == []
