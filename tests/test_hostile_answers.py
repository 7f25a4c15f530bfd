"""Text answers are data: every file shows them unchanged, or they are refused."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from support.generation import HOOKS
from support.generation import TEMPLATE_CODE
from support.generation import TEMPLATE_FOLDER
from support.generation import copy_files
from support.generation import generate_unrendered
from support.generation import list_files
from support.generation import run_git

SHOWS_TEXT = re.compile(r"cookiecutter\.(project_name|description|author_\w+)")
HOSTILE = [
    "It's \"quoted\" and 'quoted'",
    '"""',
    "'''",
    "back\\slash \\n \\\\",
    "{braces} {{ 7*7 }} {% if x %} {# comment #}",
    "{{ cookiecutter.__jwt }} # %if jwt",
    "${HOME} ${{ secrets.X }} $(id) `id`",
    "</script><script>alert(1)</script>",
    "<!-- comment -->",
    "# heading # %endif",
    "100 % of %s and %(here)s",
    "| a | b |",
    "- item",
    "1. item",
    "> quote",
    "***bold*** __bold__ ~~gone~~",
    "[link](https://example.com) ![image](x) <https://example.com>",
    "&amp; &#35; &copy;",
    "🚀👩‍👩‍👧 emoji",
    "\u202eright to left\u202c שלום",
    "e\u0301 ﬁ ﷺ 你好",
    "]]> --- === ;;; ::",
    "key = value  # %= {{ 1 }}",
    "\ufeffmark",
]
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=60)
LINES = TEXT.map(str.strip).filter(bool) | st.sampled_from(HOSTILE)


@pytest.fixture(scope="module")
def showing(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with only those files that show text answers, so that many can be tried."""
    folder = tmp_path_factory.mktemp("showing") / "template"
    shown = [
        path.relative_to(template).as_posix()
        for path in (template / TEMPLATE_FOLDER).rglob("*")
        if path.is_file() and SHOWS_TEXT.search(path.read_text(encoding="utf-8"))
    ]
    needed = [
        f"{TEMPLATE_FOLDER}/{name}" for name in (".cookiecutter.json", ".env.example", ".gitignore")
    ]
    copy_files([*TEMPLATE_CODE, *HOOKS, *needed, *shown], folder)
    (folder / TEMPLATE_FOLDER / ".features.json").write_text("{}", encoding="utf-8")
    return folder


def headings_and_paragraphs(markdown: str) -> list[str]:
    """The text of each as a reader sees it; markup inside is not text."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    return [
        "".join(part.content for part in token.children if part.type.startswith("text"))
        for token in tokens
        if token.children
    ]


def check(project: Path, **typed: str) -> None:
    """Find the answers in every file that shows them."""
    package = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    assert package["project"]["description"] == typed["description"]
    (author,) = package["project"]["authors"]
    assert author["name"] == typed["author_name"]
    assert package["tool"]["app"]["title"] == typed["project_name"]
    kept = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))["cookiecutter"]
    assert {key: kept[key] for key in typed} == typed
    texts = headings_and_paragraphs((project / "README.md").read_text(encoding="utf-8"))
    assert texts[0] == typed["project_name"]
    assert texts[1] == typed["description"]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_file_shows_the_text_unchanged(
    template: Path, bake: Callable[..., Path], tmp_path: Path, text: str
) -> None:
    typed = {"project_name": text, "description": text, "author_name": text}
    project = generate_unrendered(template, tmp_path, project_slug="shop", **typed)
    check(project, **typed)
    other = bake(project_slug="shop")
    assert list_files(project) == list_files(other)
    different = {
        name
        for name in list_files(project)
        if (project / name).read_bytes() != (other / name).read_bytes()
    }
    assert different == {".cookiecutter.json", ".env", "README.md", "pyproject.toml"}


def test_an_empty_description_leaves_no_blank_lines(bake: Callable[..., Path]) -> None:
    readme = (bake(description="") / "README.md").read_text(encoding="utf-8")
    above, _, _ = readme.partition("\n## Run")
    assert "\n\n\n" not in above


def test_the_command_line_keeps_the_text_unchanged(showing: Path, tmp_path: Path) -> None:
    for number, text in enumerate(
        [*HOSTILE, "{% raw %} x", "{# x", "{{ x", "{{mustache}}", "🚀 {{ x }}"]
    ):
        typed = {"project_name": text, "description": text, "author_name": text}
        folder = tmp_path / str(number)
        extra = {**typed, "project_slug": "shop"}
        cookiecutter(str(showing), no_input=True, extra_context=extra, output_dir=str(folder))
        check(folder / "shop", **typed)


def test_git_knows_the_author_as_typed(template: Path, tmp_path: Path) -> None:
    name = 'Zoë "Z" O\'Neil 🚀 {{ x }} \\ </script>'
    project = generate_unrendered(template, tmp_path, author_name=name, author_email="o'neil@x.org")
    without_brackets = name.replace("<", "").replace(">", "")  # git keeps them for itself
    assert run_git(project, "log", "--format=%an|%ae") == f"{without_brackets}|o'neil@x.org"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(project_name=LINES, description=LINES, author_name=LINES)
def test_any_line_of_text_is_written_unchanged(
    showing: Path,
    tmp_path_factory: pytest.TempPathFactory,
    project_name: str,
    description: str,
    author_name: str,
) -> None:
    typed = {"project_name": project_name, "description": description, "author_name": author_name}
    folder = tmp_path_factory.mktemp("typed")
    check(generate_unrendered(showing, folder, project_slug="shop", **typed), **typed)
