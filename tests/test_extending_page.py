"""docs/extending.md of a generated project, followed to the letter on several variants.

Each step is carried out with the tools of this repository; `test_installed_pages.py` does it with a
project that is installed, and runs all tests of that.
"""

import json
import sqlite3
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import NamedTuple

import httpx2
import pytest

from support import app_server
from support import clean_environment
from support import external_servers
from support import page_steps
from support import user_journey
from support import variants
from support.variants import Variant

SMALLEST = Variant("sqlite", "none")
VARIANTS = [
    SMALLEST,
    SMALLEST._replace(auth="jwt"),
    SMALLEST._replace(ai_llm="yes"),
    Variant("sqlite", "jwt", *["yes"] * len(variants.MODULES)),  # everything
]
PATHS = {
    "/api/v1/ai/keywords": {"post"},
    "/api/v1/notes": {"get", "post"},
    "/api/v1/notes/{note_id}": {"get", "patch", "delete"},
}
QUICK = [
    "tests/kit/test_openapi.py",
    "tests/kit/test_stopping.py",
    "tests/kit/test_settings.py",
]
OF_ACCOUNTS = ["openapi", "registering"]
"""Those of the project's own tests that what was added could upset, such as settings in .env."""


class Extended(NamedTuple):
    """A project with all that the page adds, and which files those are."""

    variant: Variant
    folder: Path
    made: list[str]


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def project(request: pytest.FixtureRequest, copy_project: Callable[[Variant], Path]) -> Extended:
    """Return a project in which every step was carried out."""
    folder = copy_project(request.param)
    run = page_steps.run_uninstalled
    made, commands = page_steps.follow_page(folder / "docs" / "extending.md", run)
    assert commands.pop() == "uv run pytest"  # the tests below run the files that could fail
    for command in commands:
        run(folder, command)
    return Extended(request.param, folder, made)


@pytest.fixture
def client(project: Extended, tmp_path: Path) -> Iterator[httpx2.Client]:
    """Somebody who may use the served project."""
    settings = {"LLM_PROVIDER": "answers"} if "llm" in project.variant.features else {}
    if project.variant.auth == "jwt":
        settings["REGISTRATION"] = "open"
    with (
        external_servers.scratch_database("sqlite", tmp_path) as url,
        app_server.run_server(
            [*page_steps.APP, "serve"], project.folder, tmp_path, DATABASE_URL=url, **settings
        ) as address,
        httpx2.Client(base_url=address) as client,
    ):
        if project.variant.auth == "jwt":
            user_journey.sign_up(client)
        client.base_url = f"{address}/api/v1"
        yield client


def test_the_new_endpoints_respond(project: Extended, client: httpx2.Client) -> None:
    text = {"text": "green leaves, green tea"}
    found = user_journey.expect_json(200, client.post("/ai/keywords", json=text))
    assert found["keywords"][0] == {"word": "green", "count": 2}
    note = user_journey.expect_json(201, client.post("/notes", json={"text": "Tea", "done": False}))
    assert note["due"] is None
    assert user_journey.expect_json(200, client.get("/notes"))["items"] == [note]
    if "llm" in project.variant.features:
        question = {"messages": [{"role": "user", "content": "How do I make items"}]}
        answer = user_journey.expect_json(200, client.post("/ai/llm/chat", json=question))
        assert answer["message"]["content"] == "Tap the plus sign."


def test_the_new_endpoints_require_a_login_with_accounts(
    project: Extended, client: httpx2.Client
) -> None:
    client.headers.pop("Authorization", None)
    expected = 401 if project.variant.auth == "jwt" else 200
    assert client.post("/ai/keywords", json={"text": "tea"}).status_code == expected
    assert client.get("/notes").status_code == expected


def test_openapi_has_the_new_paths(project: Extended) -> None:
    document: dict[str, Any] = json.loads(
        page_steps.run_uninstalled(project.folder, "uv run app export-openapi")
    )
    assert {path: set(document["paths"][path]) for path in PATHS} == PATHS
    secured = "security" in document["paths"]["/api/v1/ai/keywords"]["post"]
    assert secured == (project.variant.auth == "jwt")


def test_the_table_was_migrated_and_no_migration_is_missing(project: Extended) -> None:
    with sqlite3.connect(project.folder / "app.db") as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(notes)")}
    assert {"id", "text", "done", "due", "created_at", "updated_at"} <= columns
    page_steps.run_uninstalled(project.folder, "uv run alembic check")


def test_every_check_passes(project: Extended) -> None:
    page_steps.run_checks(project.folder, page_steps.run_uninstalled)


def test_new_and_related_tests_pass(project: Extended) -> None:
    files = [path for path in project.made if path.startswith("tests/")]
    assert files
    if project.variant.auth == "jwt":
        files += [f"tests/integration/accounts/test_{name}.py" for name in OF_ACCOUNTS]
    clean_environment.run_backend_tests(
        [sys.executable, "-m", "pytest", "-q", *files, *QUICK], project.folder, "sqlite"
    )


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "mysql"])
def test_the_new_table_is_the_same_on_every_engine(project: Extended, engine: str) -> None:
    files = sorted(map(str, (project.folder / "tests").rglob("test_notes*.py")))
    assert len(files) == 1 + (project.variant.auth == "jwt")
    migrations = "tests/integration/test_migrations.py"
    command = [sys.executable, "-m", "pytest", "-q", migrations, *files]
    clean_environment.run_backend_tests(command, project.folder, engine)


def test_registration_is_closed(project: Extended, tmp_path: Path) -> None:
    if project.variant.auth != "jwt":
        assert not (project.folder / "app" / "core" / "config" / "auth.py").exists()
        return
    with (
        external_servers.scratch_database("sqlite", tmp_path) as url,
        app_server.run_server(
            [*page_steps.APP, "serve"], project.folder, tmp_path, DATABASE_URL=url
        ) as address,
    ):
        response = httpx2.post(f"{address}/api/v1/auth/register", json=user_journey.ACCOUNT)
    assert (response.status_code, response.json()["code"]) == (403, "registration_closed")
