"""The pages of docs/: what they say to type is typed, or the page says why it is not.

A block of sh or Python that is neither a step, nor run, nor marked as `<!-- not run: … -->` fails;
Dart is compiled and used by a program of `examples/`, as `test_examples.py` has it.
"""

import re
import shutil
from pathlib import Path

import pytest

import showing
import steps
import support
from reading import FOLLOWED
from reading import Reader
from showing import Served
from support import Variant

DOCS = support.ROOT / "docs"
PAGES = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
DEFAULT = Variant("sqlite", "jwt", ai_llm="yes", ai_statistical="yes")
READ = sorted(set(PAGES) - FOLLOWED)
FILE = re.compile(r"`((?:app|config|tests|docs)/[\w./-]*\w)`")


def text_of(page: str) -> str:
    """What stands in a page."""
    return (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [page for page in READ if "```" in text_of(page)])
def test_what_a_page_says_to_do_works(page: str, reader: Reader) -> None:
    reader.read(text_of(page))


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
def test_a_block_is_run_well_or_says_why_it_is_not(text: str, reader: Reader) -> None:
    with pytest.raises(AssertionError):
        reader.read(text)
    reader.read("<!-- not run: it is only shown -->\n\n```python\nprint()\n```\n")


def test_the_pages_with_tests_of_their_own_are_there() -> None:
    assert set(PAGES) >= FOLLOWED


@pytest.mark.parametrize("page", [page for page in PAGES if "```dart" in text_of(page)])
def test_its_dart_does_what_it_says(page: str, reader: Reader, tmp_path: Path) -> None:
    dart = showing.program("dart", "TEST_DART")
    folder = tmp_path / "examples"
    shutil.copytree(showing.EXAMPLES, folder)
    reader.serve()
    url = f"sqlite:///{(reader.project / 'app.db').as_posix()}"
    settings = {"ADDRESS": reader.address, "DATABASE_URL": url}
    served = Served(DEFAULT, reader.project, folder, settings)
    showing.enter(served, registered=False)
    readme = (reader.project / "README.md").read_text(encoding="utf-8")
    showing.write_library(served, steps.blocks(readme, "dart"), "api.dart")
    showing.write_library(served, steps.blocks(text_of(page), "dart"))
    showing.run(served, [dart, str(showing.driver(served, Path(page)))], Path(page))


@pytest.mark.parametrize("page", PAGES)
def test_the_files_that_it_names_are_there(page: str) -> None:
    text = text_of(page)
    made = {step["path"] for step in steps.CREATE.finditer(text)}
    for name in set(FILE.findall(text)) - made:
        assert (support.TEMPLATE / name).exists(), name
