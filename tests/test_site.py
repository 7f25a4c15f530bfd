"""The site of docs/: it builds without a warning, needs no other server, and tells the truth."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import generating
import option_trees
import support

QUESTIONS = {name: answers for name, answers in support.ANSWERS.items() if not name.startswith("_")}
CHOICES = {name: answers for name, answers in QUESTIONS.items() if isinstance(answers, list)}
FETCHED = re.compile(
    r"""(?:\bsrc=|<link[^>]+href=|@import\s+|\burl\()["']?(?:https?:)?//[^"'>\s]+"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `dev.py check` does; a warning fails."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-W", "ignore", "-m", "properdocs", "build", "--site-dir"]
    support.run([*command, str(folder)], support.ROOT)
    return folder


def test_every_page_is_there(site: Path) -> None:
    docs = support.ROOT / "docs"
    pages = {page.relative_to(docs).with_suffix(".html") for page in docs.rglob("*.md")}
    theirs = (support.TEMPLATE / "docs").glob("*.md")
    pages |= {Path("project/docs", page.with_suffix(".html").name) for page in theirs}
    assert [page for page in pages if not (site / page).is_file()] == []


def test_it_fetches_nothing_from_elsewhere(site: Path) -> None:
    files = [file for kind in ("html", "css") for file in site.rglob(f"*.{kind}")]
    assert files
    for file in files:
        assert FETCHED.findall(file.read_text(encoding="utf-8")) == [], file


def test_no_link_leads_into_the_template_folder(site: Path) -> None:
    for file in site.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert re.findall(r'href="[^"]*cookiecutter\.project_slug[^"]*"', text) == [], file


def test_every_answer_has_its_chapter(site: Path) -> None:
    page = (site / "what-you-get.html").read_text(encoding="utf-8")
    for name, choices in CHOICES.items():
        for choice in choices:
            assert f"<code>{name}={choice}</code>" in page


@pytest.mark.parametrize("smallest", [False, True])
def test_trees_show_the_files_that_a_project_has(bake: Callable[..., Path], smallest: bool) -> None:
    answers = option_trees.everything(support.ANSWERS)
    if smallest:
        answers |= {name: "no" for name, choices in CHOICES.items() if "no" in choices}
        answers |= {"auth": "none"}
    project = bake(**{name: answers[name] for name in CHOICES})
    told = option_trees.files_of(support.TEMPLATE, support.ANSWERS, answers)
    assert told == set(generating.git(project, "ls-files").splitlines())


def test_packages_are_those_that_a_project_asks_for(bake: Callable[..., Path]) -> None:
    def needs(**answers: str) -> set[str]:
        text = (bake(**answers) / "pyproject.toml").read_text(encoding="utf-8")
        return set(re.findall(r'^    "([\w-]+)[^"]*",$', text, re.MULTILINE))

    with_it, without = ({"ai_llm": answer} for answer in ("yes", "no"))
    everything = option_trees.everything(support.ANSWERS)
    told = [
        option_trees.packages_of(support.TEMPLATE, support.ANSWERS, everything | answers)
        for answers in (with_it, without)
    ]
    assert told[0] - told[1] == needs(**with_it) - needs(**without)
