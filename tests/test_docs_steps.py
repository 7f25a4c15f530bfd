"""The pages of docs/: what they say to type is typed, or the page says why it is not.

A block of sh or Python that is neither a step, nor run, nor marked as `<!-- not run: … -->` fails;
Dart is compiled and used by a program of `examples/`, as `test_page_examples.py` has it.
"""

import re
import shutil
from pathlib import Path

import pytest

from support import doc_examples
from support import page_runner
from support import page_steps
from support.doc_examples import ServedProject
from support.page_runner import PAGES_WITH_OWN_TEST
from support.page_runner import PageRunner
from support.paths import ROOT
from support.paths import TEMPLATE
from support.variants import Variant

DOCS = ROOT / "docs"
PAGES = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
VARIANT = Variant("sqlite", "jwt", ai_llm="yes", ai_statistical="yes")
READ = sorted(set(PAGES) - PAGES_WITH_OWN_TEST)
RAW_PAGE = re.compile(r"\]\([^)]*cookiecutter\.project_slug[^)]*\.md")
"""A link to a page that holds Jinja where it lies."""

FILE = re.compile(r"`((?:app|config|tests|docs|flutter|vite)/[\w./-]*\w)`")


def text_of(page: str) -> str:
    """What stands in a page."""
    return (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [page for page in READ if "```" in text_of(page)])
def test_every_page_can_be_followed(page: str, reader: PageRunner, tmp_path: Path) -> None:
    reader.read(text_of(page))
    if page.startswith("recipes/"):
        reader.stop()
        page_runner.check_lint_and_format(reader.project)
        page_runner.check_migrations(reader.project, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "Look:\n\n```python\nprint()\n```\n",
        "Look:\n\n```ruby\nputs\n```\n",
        "Fail:\n\n```sh\nfalse\n```\n",
        "Fail:\n\n```sh\nuv run python -c 'raise SystemExit(1)' | cat\n```\n",
        "```sh\ntrue\n```\n",
        "<!-- not run: -->\n\n```sh\ntrue\n```\n",
    ],
)
def test_every_block_is_run_or_says_why_not(text: str, reader: PageRunner) -> None:
    with pytest.raises(AssertionError):
        reader.read(text)
    reader.read("<!-- not run: it is only shown -->\n\n```python\nprint()\n```\n")


def test_pages_with_their_own_test_exist() -> None:
    assert set(PAGES) >= PAGES_WITH_OWN_TEST


@pytest.mark.parametrize("page", [page for page in PAGES if "```dart" in text_of(page)])
def test_dart_of_the_page_compiles_and_runs(page: str, reader: PageRunner, tmp_path: Path) -> None:
    dart = doc_examples.require_program("dart", "TEST_DART")
    folder = tmp_path / "examples"
    shutil.copytree(doc_examples.EXAMPLES, folder)
    reader.serve()
    url = f"sqlite:///{(reader.project / 'app.db').as_posix()}"
    settings = {"ADDRESS": reader.address, "DATABASE_URL": url}
    served = ServedProject(VARIANT, reader.project, folder, settings)
    doc_examples.log_in_as_admin(served, registered=False)
    doc_examples.copy_client(served)
    doc_examples.write_library(served, page_steps.read_blocks(text_of(page), "dart"))
    doc_examples.run_program(
        served, [dart, str(doc_examples.prepare_page_program(served, Path(page)))], Path(page)
    )


@pytest.mark.parametrize("page", PAGES)
def test_no_link_leads_to_a_page_with_jinja(page: str) -> None:
    assert RAW_PAGE.findall(text_of(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_files_that_the_page_names_exist(page: str) -> None:
    text = text_of(page)
    made = {step["path"] for step in page_steps.CREATE.finditer(text)}
    for name in set(FILE.findall(text)) - made:
        assert (TEMPLATE / name).exists(), name
