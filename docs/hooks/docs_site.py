"""The hooks of the site: pages that lie elsewhere, links between them, parts that are computed.

A page of docs/ links to a file where it lies in the repository, so that the link works on GitHub
too; only the pages of a project, which are made of Jinja, are named there and linked here. What is
brought here from outside of docs/ stands in `OUTSIDE`, and the pages of a project are those of one
that is generated now. `option_trees.py` and `project_pages.py` do the work.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from properdocs.structure.files import File
from properdocs.structure.files import Files
from properdocs.structure.pages import Page

import option_trees
import project_pages

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = {
    "benchmarks/README.md": "benchmarks.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
"""Page of this repository -> where it is on the site."""

PROJECT = "{{cookiecutter.project_slug}}"
LINK = re.compile(r"\]\((?!\w+:)(?P<file>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")

PROJECT_PAGE = re.compile(r"`(?P<file>README\.md|docs/[\w-]+\.md)` of your project")
"""How pages speak of the pages of a project. Where those lie in the repository they hold Jinja, so
that only the site links to them."""

origins: dict[str, str] = {}
"""Page of the site -> the file of this repository that it is made from."""
texts: dict[str, str] = {}
"""Page of the site -> its text, for those that do not lie in docs/."""


def on_config(config: Any) -> None:
    """Bring the pages that lie elsewhere, and put those of a project into the navigation."""
    origins.clear()
    texts.clear()
    for origin, page in OUTSIDE.items():
        bring(page, origin, (ROOT / origin).read_text(encoding="utf-8"))
    for name, text in project_pages.generate(ROOT).items():
        bring(f"project/{name}", f"{PROJECT}/{name}", text)
    docs = [page for page in texts if page.startswith("project/docs/")]
    config.nav.insert(-1, {"In your project": [{"README": "project/README.md"}, *docs]})


def on_files(files: Files, config: Any) -> None:
    """Add the pages that lie elsewhere."""
    for page in files.documentation_pages():
        origins[page.src_uri] = f"docs/{page.src_uri}"
    for uri, text in texts.items():
        files.append(File.generated(config, uri, content=text))


def on_page_markdown(markdown: str, page: Page, **_others: Any) -> str:
    """Compute what a page asks for, and let its links lead to pages of the site."""
    if "<!-- options -->" in markdown:
        markdown = markdown.replace("<!-- options -->", option_trees.page(ROOT / PROJECT))
    here = page.file.src_uri
    pages = {origin: uri for uri, origin in origins.items()}

    def relinked(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(origins[here]), link["file"]))
        if target not in pages:
            return link[0]
        to = posixpath.relpath(pages[target], posixpath.dirname(here) or ".")
        return f"]({to}{link['anchor'] or ''})"

    def linked(name: re.Match[str]) -> str:
        to = posixpath.relpath(f"project/{name['file']}", posixpath.dirname(here) or ".")
        return f"[{name[0]}]({to})"

    return PROJECT_PAGE.sub(linked, LINK.sub(relinked, markdown))


def bring(page: str, origin: str, text: str) -> None:
    """Note a page that lies elsewhere."""
    origins[page], texts[page] = origin, text
