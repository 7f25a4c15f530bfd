"""docs/versions.md of a generated project, followed to the letter: two versions beside each other.

What the page itself has tests for is tested by those; here it is served, and asked as an old app
and a new one would.
"""

import shutil
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

import journey
import serving
import steps
import support
from support import Variant

WITH_WORK = Variant("sqlite", "none")
"""Here the pages about work of one's own were followed before."""

VARIANTS = [
    WITH_WORK,
    Variant("sqlite", "jwt", *["yes"] * len(support.MODULES)),  # everything
]
STEPS = 3
"""So many parts of the page are steps; the next shows what an old app gets."""

APP = {"X-Client-Version": "shop/1.4.2"}
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
def project(
    request: pytest.FixtureRequest,
    bake: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Versioned:
    """A project in which every step was carried out."""
    folder = tmp_path_factory.mktemp("versioned") / "project"
    shutil.copytree(bake(**request.param._asdict()), folder)
    work = follow_others(folder) if request.param == WITH_WORK else []
    above, *parts = steps.sections(folder / "docs" / "versions.md").values()
    made = [path for text in parts[:STEPS] for path in steps.follow(folder, text, steps.run_here)]
    (shown,) = steps.blocks(parts[STEPS], "http")
    notice = dict(line.split(": ", 1) for line in shown.splitlines())
    for command in steps.commands(above):
        if command != "uv run pytest":  # below, only what could fail
            steps.run_here(folder, command)
    return Versioned(request.param, folder, [*work, *made], notice)


def follow_others(folder: Path) -> list[str]:
    """Carry out what the README and docs/extending.md show, and tell which files were made."""
    endpoint = steps.sections(folder / "README.md")["Add an endpoint"]
    _, *parts = steps.sections(folder / "docs" / "extending.md").values()
    return [
        path for text in [endpoint, *parts] for path in steps.follow(folder, text, steps.run_here)
    ]


@pytest.fixture
def client(project: Versioned, tmp_path: Path) -> Iterator[httpx2.Client]:
    """An app that got its token, if it needs one, from version 1."""
    with (
        serving.scratch_database("sqlite", tmp_path) as url,
        serving.serving(
            [*steps.APP, "serve"],
            project.folder,
            tmp_path,
            DATABASE_URL=url,
            MODEL_DIR=str(tmp_path / "models"),
        ) as address,
        httpx2.Client(base_url=address, headers=APP, timeout=60) as client,
    ):
        if project.variant.auth == "jwt":
            client.post("/api/v1/auth/register", json=journey.ACCOUNT)
            form = {"username": journey.ACCOUNT["email"], "password": journey.ACCOUNT["password"]}
            journey.authorize(client, client.post("/api/v1/auth/token", data=form).json())
        yield client


def test_an_old_app_and_a_new_one_share_everything(
    project: Versioned, client: httpx2.Client, tmp_path: Path
) -> None:
    item = journey.expect(201, client.post("/api/v1/items", json={"title": "Tea"}))
    old, new = client.get("/api/v1/items"), client.get("/api/v2/items")
    assert journey.expect(200, old)["items"] == [item]
    assert {name: old.headers[name] for name in project.notice} == project.notice
    summary = {name: item[name] for name in ("id", "title", "updated_at")}
    assert journey.expect(200, new)["items"] == [summary]
    assert not any(name in new.headers for name in project.notice)
    (log,) = tmp_path.glob("server-*.log")
    lines = log.read_text(encoding="utf-8")
    assert "deprecated: POST /api/v1/items by shop/1.4.2" in lines
    assert "deprecated: GET /api/v2" not in lines


def test_a_browser_may_send_and_read_all_of_it(project: Versioned, client: httpx2.Client) -> None:
    origin = "http://localhost:5173"
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-client-version",
    }
    assert client.options("/api/v1/items", headers=asked).status_code == 200
    answer = client.get("/api/v1/items", headers={"Origin": origin})
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {*project.notice} <= {*exposed}


def test_modules_work_in_version_2(
    project: Versioned, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey, "API", "/api/v2")
    if "llm" in project.variant.features:
        journey.use_llm(client)
    if "statistical" in project.variant.features:
        journey.use_statistical(client)
        rows = b"width,height\n" + b"1234567,7654321\n" * 80_000  # more than MAX_BODY_BYTES
        files = {"file": ("table.csv", rows, "text/csv")}
        path = "/api/v2/ai/statistical/describe/csv"
        journey.expect(200, client.post(path, files=files))


def test_every_check_is_clean(project: Versioned) -> None:
    for command in steps.commands(steps.sections(project.folder / "README.md")["Test"]):
        if command != "uv run pytest":
            steps.run_here(project.folder, command)


def test_the_new_tests_and_those_around_them_pass(project: Versioned) -> None:
    files = [path for path in project.made if path.startswith("tests/")]
    assert files
    around = [project.folder / "tests" / "integration" / name for name in AROUND]
    own = [str(path) for path in around if path.exists()]
    support.run_own_tests(
        [sys.executable, "-m", "pytest", "-q", *files, *own], project.folder, "sqlite"
    )
