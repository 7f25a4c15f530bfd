"""The pages of docs/: what they say to type is typed, or the page says why it is not.

A block of sh, Python or Dart that is neither a step, nor run, nor marked as `<!-- not run: … -->`
fails. Recipes whose outcome matters beyond that have tests of their own in `test_recipes.py`; the
site that is made of the pages is looked at in `test_site.py`.
"""

import re
import shutil
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

import showing
import steps
import support
from reading import Reader

DOCS = support.ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "not run alone" not in page.name)
PATH = re.compile(r"`((?:app|config|tests|docs)/[\w./-]+)`")


def name_of(page: Path) -> str:
    """What a page is called in the list of tests."""
    return page.relative_to(DOCS).as_posix()


@pytest.fixture
def reader(bake: Callable[..., Path], tmp_path: Path) -> Iterator[Reader]:
    """Somebody with a project of the default answers."""
    project = tmp_path / "project"
    shutil.copytree(bake(), project)
    with Reader(project, tmp_path) as somebody:
        yield somebody
