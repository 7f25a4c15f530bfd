"""docs/extending.md of a generated project, followed to the letter on several variants.

Each step is carried out with the tools of this repository; `test_project_readme.py` does it with a
project that is installed, and runs all tests of that.
"""

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import NamedTuple

import httpx2
import pytest

import journey
import serving
import steps
import support
from support import Variant

SMALLEST = Variant("sqlite", "none")
VARIANTS = [
    SMALLEST,
    SMALLEST._replace(auth="jwt"),
    SMALLEST._replace(ai_llm="yes"),
    Variant("sqlite", "jwt", *["yes"] * len(support.MODULES)),  # everything
]
PATHS = {
    "/api/v1/ai/keywords": {"post"},
    "/api/v1/notes": {"get", "post"},
    "/api/v1/notes/{note_id}": {"delete"},
}
QUICK = ["tests/integration/test_openapi.py", "tests/unit/test_settings.py"]
"""Those of the project's own tests that what was added could upset."""


class Extended(NamedTuple):
    """A project with all that the page adds, and which files those are."""

    variant: Variant
    folder: Path
    made: list[str]


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def project(
    request: pytest.FixtureRequest,
    bake: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Extended:
    """A project in which every step was carried out."""
    folder = tmp_path_factory.mktemp("extended") / "project"
    shutil.copytree(bake(**request.param._asdict()), folder)
    made = []
    parts = steps.sections(folder / "docs" / "extending.md")
    afterwards = steps.commands(parts.pop(""))
    for text in parts.values():
        made += steps.follow(folder, text, steps.run_here)
    assert afterwards.pop() == "uv run pytest"  # below, only what could fail
    for command in afterwards:
        steps.run_here(folder, command)
    return Extended(request.param, folder, made)


@pytest.fixture
def client(project: Extended, tmp_path: Path) -> Iterator[httpx2.Client]:
    """Somebody who may use the served project."""
    settings = {"LLM_PROVIDER": "answers"} if "llm" in project.variant.features else {}
    with (
        serving.scratch_database("sqlite", tmp_path) as url,
        serving.serving(
            [*steps.APP, "serve"], project.folder, tmp_path, DATABASE_URL=url, **settings
        ) as address,
        httpx2.Client(base_url=f"{address}/api/v1") as client,
    ):
        if project.variant.auth == "jwt":
            client.post("/auth/register", json=journey.ACCOUNT)
            form = {**journey.ACCOUNT, "username": journey.ACCOUNT["email"]}
            form.pop("email")
            journey.authorize(client, client.post("/auth/token", data=form).json())
        yield client


def test_what_was_added_answers(project: Extended, client: httpx2.Client) -> None:
    text = {"text": "green leaves, green tea"}
    found = journey.expect(200, client.post("/ai/keywords", json=text))
    assert found["keywords"][0] == {"word": "green", "count": 2}
    note = journey.expect(201, client.post("/notes", json={"text": "Tea"}))
    assert journey.expect(200, client.get("/notes"))["items"] == [note]
    if "llm" in project.variant.features:
        question = {"messages": [{"role": "user", "content": "How do I make items"}]}
        answer = journey.expect(200, client.post("/ai/llm/chat", json=question))
        assert answer["message"]["content"] == "Tap the plus sign."


def test_what_was_added_needs_somebody_where_there_are_accounts(
    project: Extended, client: httpx2.Client
) -> None:
    client.headers.pop("Authorization", None)
    expected = 401 if project.variant.auth == "jwt" else 200
    assert client.post("/ai/keywords", json={"text": "tea"}).status_code == expected
    assert client.get("/notes").status_code == expected


def test_openapi_names_what_was_added(project: Extended) -> None:
    document: dict[str, Any] = json.loads(
        steps.run_here(project.folder, "uv run app export-openapi")
    )
    assert {path: set(document["paths"][path]) for path in PATHS} == PATHS
    secured = "security" in document["paths"]["/api/v1/ai/keywords"]["post"]
    assert secured == (project.variant.auth == "jwt")


def test_the_table_was_migrated_and_no_migration_is_missing(project: Extended) -> None:
    with sqlite3.connect(project.folder / "app.db") as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(notes)")}
    assert {"id", "text", "created_at", "updated_at"} <= columns
    steps.run_here(project.folder, "uv run alembic check")


def test_every_check_is_clean(project: Extended) -> None:
    for command in steps.commands(steps.sections(project.folder / "README.md")["Test"]):
        if command != "uv run pytest":
            steps.run_here(project.folder, command)


def test_the_new_tests_and_those_around_them_pass(project: Extended) -> None:
    files = [path for path in project.made if path.startswith("tests/")]
    assert files
    support.run_own_tests(
        [sys.executable, "-m", "pytest", "-q", *files, *QUICK], project.folder, "sqlite"
    )
