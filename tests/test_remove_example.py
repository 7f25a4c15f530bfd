"""Projects after ``app remove-example``."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from support import clean_environment
from support import doc_examples
from support import page_steps
from support import variants
from support.variants import Variant

SMALLEST = Variant("sqlite", "none")
VARIANTS = [
    SMALLEST,
    SMALLEST._replace(auth="jwt"),
    Variant("postgresql", "jwt", *["yes"] * len(variants.MODULES)),  # everything
]

MENTION = re.compile(r"\b(?!items'\])\w*items?\b", re.IGNORECASE)
"""Any word with "item", but for the list in a page of results."""


class Emptied(NamedTuple):
    """A project without the example."""

    variant: Variant
    folder: Path


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def project(request: pytest.FixtureRequest, copy_project: Callable[[Variant], Path]) -> Emptied:
    """Return a project after the command."""
    folder = copy_project(request.param)
    page_steps.run_uninstalled(folder, "uv run app remove-example")
    return Emptied(request.param, folder)


def test_every_check_passes(project: Emptied) -> None:
    page_steps.run_checks(project.folder, page_steps.run_uninstalled)


def test_no_path_of_the_example_is_left(project: Emptied) -> None:
    document = json.loads(page_steps.run_uninstalled(project.folder, "uv run app export-openapi"))
    assert "/health/live" in document["paths"]
    assert not [path for path in document["paths"] if path.startswith("/api/v1/items")]


def test_no_page_and_no_client_mentions_it(project: Emptied) -> None:
    files = [project.folder / "README.md"]
    for pattern in ("docs/*.md", "flutter/lib/*.dart", "vite/src/*.ts"):
        files += sorted(project.folder.glob(pattern))
    found = {path.name: MENTION.findall(path.read_text(encoding="utf-8")) for path in files}
    assert {name: words for name, words in found.items() if words} == {}
    assert "versions.md" not in found
    assert "versions.md" not in files[0].read_text(encoding="utf-8")


def test_the_requests_of_the_readme_are_still_answered(project: Emptied) -> None:
    run = page_steps.split_sections(project.folder / "README.md")["Run"]
    requested = re.findall(r"(?m)^.*curl \S+ http://127\.0\.0\.1:8000(/\S+)", run)
    document = json.loads(page_steps.run_uninstalled(project.folder, "uv run app export-openapi"))
    assert requested
    assert set(requested) <= set(document["paths"])


def test_the_dart_client_and_its_example_compile(project: Emptied, tmp_path: Path) -> None:
    dart = doc_examples.require_program("dart", "TEST_DART")
    served = doc_examples.ServedProject(project.variant, project.folder, tmp_path, {"ADDRESS": ""})
    for name in ("http.dart", "flutter_secure_storage.dart"):
        shutil.copy(doc_examples.EXAMPLES / name, tmp_path)
    doc_examples.copy_client(served)
    page = (project.folder / "docs" / "clients.md").read_text(encoding="utf-8")
    doc_examples.write_library(served, page_steps.read_blocks(page, "dart"))
    libraries = [path.name for path in (project.folder / "flutter" / "lib").iterdir()]
    lines = [f"import '{name}';\n" for name in libraries]
    lines += ["import 'page.dart' as page;\n", "void main() => page.load();\n"]
    (tmp_path / "main.dart").write_text("".join(lines), encoding="utf-8")
    compiling = [dart, "--snapshot-kind=kernel", "--snapshot=/dev/null", "main.dart"]
    clean_environment.run(compiling, tmp_path)


def test_the_typescript_client_and_its_example_compile(project: Emptied, tmp_path: Path) -> None:
    node = doc_examples.require_program("node")
    compiler = doc_examples.require_program("tsc", "TEST_TSC")
    shutil.copy(project.folder / "vite" / "src" / "api.ts", tmp_path)
    page = (project.folder / "docs" / "clients.md").read_text(encoding="utf-8")
    (example,) = page_steps.read_blocks(page, "ts")
    assert "load()" in example
    (tmp_path / "example.ts").write_text(example, encoding="utf-8")
    command = [node, compiler, *doc_examples.TYPESCRIPT_OPTIONS, "--noEmit", "api.ts", "example.ts"]
    clean_environment.run(command, tmp_path)


def test_migrations_create_the_remaining_tables(project: Emptied, tmp_path: Path) -> None:
    url = f"sqlite:///{(tmp_path / 'new.db').as_posix()}"
    settings = {"DATABASE_URL": url, "MYPY_CACHE_DIR": str(clean_environment.mypy_cache())}
    clean_environment.run([*page_steps.APP, "migrate"], project.folder, **settings)
    clean_environment.run([sys.executable, "-m", "alembic", "check"], project.folder, **settings)


def test_its_own_tests_pass(project: Emptied) -> None:
    folders = ["tests/unit", "tests/integration", "tests/integration/accounts", "tests/kit"]
    if project.variant.modules:  # the others have shown that these pass
        folders = ["tests/integration/llm", "tests/integration/llm_accounts"]
    files = [path for name in folders for path in sorted((project.folder / name).glob("test_*.py"))]
    command = [sys.executable, "-m", "pytest", "-q", *map(str, files)]
    clean_environment.run_backend_tests(command, project.folder, project.variant.database)


def test_the_command_removes_itself(project: Emptied) -> None:
    assert "remove-example" not in page_steps.run_uninstalled(project.folder, "uv run app --help")
