"""docs/versions.md of a generated project, followed to the letter: two versions beside each other.

What the page itself has tests for is tested by those; here it is served, and asked as an old app
and a new one would.
"""

import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
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

WITH_WORK = Variant("sqlite", "none")
"""The pages about extending the project were followed here before."""

VARIANTS = [
    WITH_WORK,
    Variant("sqlite", "jwt", *["yes"] * len(variants.MODULES)),  # everything
]
STEPS = 3
"""The number of parts of the page that are steps; the next one shows what an old app gets."""

APP = {"X-App-Version": "shop/1.4.2"}
AROUND = [
    "test_openapi.py",
    "test_cors.py",
    "test_errors.py",
    "test_items.py",
    "accounts/test_openapi.py",
    "accounts/test_rate_limits.py",
]
"""Those of the project's own tests that two versions could upset."""


class Versioned(NamedTuple):
    """A project in which version 2 stands beside version 1."""

    variant: Variant
    folder: Path
    made: list[str]
    notice: dict[str, str]


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def project(request: pytest.FixtureRequest, copy_project: Callable[[Variant], Path]) -> Versioned:
    """Return a project in which every step was carried out."""
    folder = copy_project(request.param)
    run = page_steps.run_uninstalled
    work = follow_other_pages(folder) if request.param == WITH_WORK else []
    above, *parts = page_steps.split_sections(folder / "docs" / "versions.md").values()
    made = [path for text in parts[:STEPS] for path in page_steps.follow_steps(folder, text, run)]
    (shown,) = page_steps.read_blocks(parts[STEPS], "http")
    notice = dict(line.split(": ", 1) for line in shown.splitlines())
    for command in page_steps.read_commands(above):
        if command != "uv run pytest":  # the tests below run the files that could fail
            run(folder, command)
    return Versioned(request.param, folder, [*work, *made], notice)


def follow_other_pages(folder: Path) -> list[str]:
    """Carry out the steps of docs/extending.md; return the files that were made."""
    return page_steps.follow_page(folder / "docs" / "extending.md", page_steps.run_uninstalled)[0]


@pytest.fixture
def client(project: Versioned, tmp_path: Path) -> Iterator[httpx2.Client]:
    """An app that got its token, if it needs one, from version 1."""
    with (
        external_servers.scratch_database("sqlite", tmp_path) as url,
        app_server.run_server(
            [*page_steps.APP, "serve"],
            project.folder,
            tmp_path,
            DATABASE_URL=url,
            STORAGE_URL=str(tmp_path / "storage"),
        ) as address,
        httpx2.Client(base_url=address, headers=APP, timeout=60) as client,
    ):
        if project.variant.auth == "jwt":
            user_journey.sign_up(client)
        yield client


def test_an_old_and_a_new_app_share_data(
    project: Versioned, client: httpx2.Client, tmp_path: Path
) -> None:
    item = user_journey.expect_json(201, client.post("/api/v1/items", json={"title": "Tea"}))
    old, new = client.get("/api/v1/items"), client.get("/api/v2/items")
    assert user_journey.expect_json(200, old)["items"] == [item]
    assert {name: old.headers[name] for name in project.notice} == project.notice
    summary = {name: item[name] for name in ("id", "title", "updated_at")}
    assert user_journey.expect_json(200, new)["items"] == [summary]
    assert not any(name in new.headers for name in project.notice)
    (log,) = tmp_path.glob("server-*.log")
    lines = log.read_text(encoding="utf-8")
    assert "deprecated: POST /api/v1/items by shop/1.4.2" in lines
    assert "deprecated: GET /api/v2" not in lines


def test_cors_allows_the_headers_of_versions(project: Versioned, client: httpx2.Client) -> None:
    origin = "http://localhost:5173"
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-app-version",
    }
    assert client.options("/api/v1/items", headers=asked).status_code == 200
    answer = client.get("/api/v1/items", headers={"Origin": origin})
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {*project.notice} <= {*exposed}


def test_modules_work_in_version_2(
    project: Versioned, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_journey, "API", "/api/v2")
    if "llm" in project.variant.features:
        user_journey.use_llm(client)
    if "statistical" in project.variant.features:
        user_journey.use_statistical(client)
        rows = b"width,height\n" + b"1234567,7654321\n" * 80_000  # more than MAX_BODY_BYTES
        files = {"file": ("table.csv", rows, "text/csv")}
        path = "/api/v2/ai/statistical/describe/csv"
        user_journey.expect_json(200, client.post(path, files=files))


def test_every_check_passes(project: Versioned) -> None:
    page_steps.run_checks(project.folder, page_steps.run_uninstalled)


def test_new_and_related_tests_pass(project: Versioned) -> None:
    files = [path for path in project.made if path.startswith("tests/")]
    assert files
    around = [project.folder / "tests" / "integration" / name for name in AROUND]
    own = [str(path) for path in around if path.exists()]
    clean_environment.run_backend_tests(
        [sys.executable, "-m", "pytest", "-q", *files, *own], project.folder, "sqlite"
    )
