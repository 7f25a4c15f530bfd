"""Check every variant from outside; `test_installed_projects.py` installs and runs some.

The tools and libraries are those of this repository's environment, which holds everything that
any variant needs; `project_probe.py` hides the packages that a project does not require.
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

from support import clean_environment
from support import installed_packages
from support import leftover_words
from support import page_references
from support import project_checks
from support import project_probe
from support import variants
from support.paths import TEMPLATE
from support.variants import Variant

examples = runpy.run_path(str(TEMPLATE / "tests/support/examples.py"))["examples"]

DRIVERS = {"sqlite": "aiosqlite", "postgresql": "asyncpg", "mysql": "aiomysql"}

INDIRECT = {
    **dict.fromkeys(DRIVERS.values(), "SQLAlchemy loads the driver that the URL names"),
    "bcrypt": "passlib's backend",
    "cryptography": "aiomysql needs it for caching_sha2_password",
    "email-validator": "pydantic's EmailStr",
    "fastapi-offline": "its files of Swagger UI are served",
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
    "/api/v1/users/me/export": {"get"},
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
NOT_OF_ACCOUNTS = re.compile(
    f'{leftover_words.OTHER_MEANINGS.pattern}|"auth": "none"', leftover_words.OTHER_MEANINGS.flags
)
NOT_OF_ACCOUNTS_IN_LLM = re.compile(r"\b(role|user|tokens?|authorization)\b", re.IGNORECASE)
"""Words that models of language have, too; in the files of these features they mean those."""

PROBE = Path(project_probe.__file__)


@pytest.fixture(scope="module", params=variants.VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """The variant under test."""
    chosen: Variant = request.param
    return chosen


@pytest.fixture(scope="module")
def answers(variant: Variant) -> dict[str, str]:
    """The answer to every question that offers a choice."""
    return variants.complete_answers(variant._asdict())


@pytest.fixture(scope="module")
def project(variant: Variant, bake: Callable[..., Path]) -> Path:
    """The generated project."""
    return bake(**variant._asdict())


@pytest.fixture(scope="module")
def probe_results(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """The results of `project_probe.py`, run with only the packages that the project requires."""
    folder = tmp_path_factory.mktemp("probe")
    hidden = installed_packages.find_undeclared_modules(
        installed_packages.read_dependencies(project)
    )
    url = f"sqlite:///{(folder / 'probe.db').as_posix()}"
    results = folder / "results.json"
    clean_environment.run(
        [sys.executable, str(PROBE), str(results), url], project, json.dumps(hidden)
    )
    found: dict[str, dict[str, Any]] = json.loads(results.read_text(encoding="utf-8"))
    return found


def found(probe_results: dict[str, dict[str, Any]], stage: str) -> Any:
    """What one stage of the probe found; fail with what stopped it."""
    assert "found" in probe_results[stage], probe_results[stage]["trouble"]
    return probe_results[stage]["found"]


def test_has_no_template_marks(project: Path) -> None:
    project_checks.check_no_template_marks(project)


def test_has_exactly_its_files(project: Path, variant: Variant) -> None:
    project_checks.check_files(project, variant.features)


def test_has_no_double_blank_lines(project: Path) -> None:
    project_checks.check_no_double_blank_lines(project)


def test_every_file_compiles(project: Path) -> None:
    project_checks.check_compiles(project)


def test_passes_lint_and_format(project: Path) -> None:
    project_checks.check_lint_and_format(project)


def test_has_no_words_of_features_that_are_off(project: Path, answers: dict[str, str]) -> None:
    project_checks.check_no_leftover_words(project, answers)


def test_imports_with_only_its_own_dependencies(probe_results: dict[str, dict[str, Any]]) -> None:
    found(probe_results, "imports")


def test_its_tests_import_only_its_dependencies(project: Path) -> None:
    hidden = set(
        installed_packages.find_undeclared_modules(
            installed_packages.read_dev_dependencies(project)
        )
    )
    files = {
        name: text
        for name, text in project_checks.read_texts(project).items()
        if name.endswith(".py")
    }
    assert {
        name: found
        for name in files
        if (found := project_checks.imported_modules(files[name]) & hidden)
    } == {}


def test_requires_only_the_packages_that_it_imports(project: Path) -> None:
    asked = map(
        name_of,
        installed_packages.read_dependencies(project)
        | installed_packages.read_extra_dependencies(project),
    )
    ignored = "|".join(sorted(INDIRECT.keys() & set(asked)))
    clean_environment.run(
        [sys.executable, "-m", "deptry", ".", "--per-rule-ignores", f"DEP002={ignored}"], project
    )


def test_requires_one_database_driver(project: Path, variant: Variant) -> None:
    asked = set(map(name_of, installed_packages.read_dependencies(project)))
    assert asked & set(DRIVERS.values()) == {DRIVERS[variant.database]}


def name_of(requirement: str) -> str:
    """The name of the package that is asked for."""
    return re.split(r"[\[<>=~! ;]", requirement)[0]


def test_openapi_is_valid_and_names_what_the_variant_has(
    probe_results: dict[str, dict[str, Any]], variant: Variant, answers: dict[str, str]
) -> None:
    document = found(probe_results, "openapi")
    openapi_spec_validator.validate(document)
    paths = {
        re.sub(r"\{\w+\}", "{}", path): set(methods) for path, methods in document["paths"].items()
    }
    expected = [PATHS[name] for name in variant.features & PATHS.keys()]
    assert paths == dict(ChainMap(SHARED_PATHS, *expected))
    assert all(map(str.isalnum, document["components"]["schemas"])), "a name that nobody gave"
    assert len([*examples(document)]) == json.dumps(document).count('"requestBody":')
    assert ("securitySchemes" in document["components"]) == (variant.auth == "jwt")
    left = project_checks.find_leftover_words(
        {"openapi.json": json.dumps(document, indent=1)}, answers
    )
    words = {line.rpartition(": ")[2] for line in left}
    assert words <= (
        leftover_words.MODEL_WORDS if variant.features & leftover_words.MODEL_FLAGS else set()
    )


def test_migrations_create_every_model(probe_results: dict[str, dict[str, Any]]) -> None:
    found(probe_results, "migrations")


def test_its_pages_name_existing_files_and_commands(
    project: Path, probe_results: dict[str, dict[str, Any]]
) -> None:
    assert (
        page_references.find_missing(
            project, project_checks.read_texts(project), found(probe_results, "commands")
        )
        == []
    )


def test_without_accounts_no_word_of_them_is_left(project: Path, variant: Variant) -> None:
    files = {
        path: NOT_OF_ACCOUNTS.sub("", text)
        for path, text in project_checks.read_texts(project).items()
    }
    for path, text in files.items():
        if leftover_words.owning_flag(path) in leftover_words.MODEL_FLAGS:
            files[path] = NOT_OF_ACCOUNTS_IN_LLM.sub("", text)
    left = project_checks.find_lines(ACCOUNT_WORDS, files)
    if variant.auth == "jwt":
        assert left
        return
    assert not left, left
    assert [path for path in files if ACCOUNT_WORDS.search(path)] == []
