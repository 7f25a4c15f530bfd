"""The site of docs/ builds without a warning, uses no other server, and shows the right files."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import option_trees
from support import clean_environment
from support import generation
from support import variants
from support.paths import ROOT
from support.paths import TEMPLATE

QUESTIONS = {
    name: answers for name, answers in variants.QUESTIONS.items() if not name.startswith("_")
}
CHOICES = {name: answers for name, answers in QUESTIONS.items() if isinstance(answers, list)}
FETCHED = re.compile(
    r"""(?:\bsrc=|<link[^>]+href=|@import\s+|\burl\()["']?(?:https?:)?//[^"'>\s]+"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `dev.py check` does; a warning fails."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-W", "ignore", "-m", "properdocs", "build", "--site-dir"]
    clean_environment.run([*command, str(folder)], ROOT)
    return folder


def test_every_page_is_there(site: Path) -> None:
    docs = ROOT / "docs"
    pages = {page.relative_to(docs).with_suffix(".html") for page in docs.rglob("*.md")}
    theirs = (TEMPLATE / "docs").glob("*.md")
    pages |= {Path("project/docs", page.with_suffix(".html").name) for page in theirs}
    assert [page for page in pages if not (site / page).is_file()] == []


def test_the_site_uses_no_other_server(site: Path) -> None:
    files = [file for kind in ("html", "css") for file in site.rglob(f"*.{kind}")]
    assert files
    for file in files:
        assert FETCHED.findall(file.read_text(encoding="utf-8")) == [], file


def test_no_link_leads_into_the_template_folder(site: Path) -> None:
    for file in site.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert re.findall(r'href="[^"]*cookiecutter\.project_slug[^"]*"', text) == [], file


def test_the_pages_of_a_project_are_linked(site: Path) -> None:
    page = (site / "recipes" / "index.html").read_text(encoding="utf-8")
    assert 'href="../project/docs/extending.html"' in page
    assert (site / "project" / "docs" / "extending.html").is_file()


def test_every_answer_has_a_section(site: Path) -> None:
    page = (site / "what-you-get.html").read_text(encoding="utf-8")
    for name, choices in CHOICES.items():
        for choice in choices:
            assert f"<code>{name}={choice}</code>" in page


@pytest.mark.parametrize("smallest", [False, True])
def test_trees_show_the_files_that_a_project_has(bake: Callable[..., Path], smallest: bool) -> None:
    answers = option_trees.everything(variants.QUESTIONS)
    if smallest:
        answers |= {name: "no" for name, choices in CHOICES.items() if "no" in choices}
        answers |= {"auth": "none"}
    project = bake(**{name: answers[name] for name in CHOICES})
    listed = option_trees.files_of(TEMPLATE, variants.QUESTIONS, answers)
    assert listed == set(generation.run_git(project, "ls-files").splitlines())


def test_the_site_lists_the_packages_of_a_project(bake: Callable[..., Path]) -> None:
    def needs(**answers: str) -> set[str]:
        text = (bake(ai_statistical="yes", **answers) / "pyproject.toml").read_text(
            encoding="utf-8"
        )
        return set(re.findall(r'^    "([\w-]+)[^"]*",$', text, re.MULTILINE))

    with_it, without = ({"ai_llm": answer} for answer in ("yes", "no"))
    everything = option_trees.everything(variants.QUESTIONS)
    sizes = [
        option_trees.packages_of(TEMPLATE, variants.QUESTIONS, everything | answers)
        for answers in (with_it, without)
    ]
    assert sizes[0] - sizes[1] == needs(**with_it) - needs(**without)
