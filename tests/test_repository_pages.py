"""The pages of this repository: their commands are those of dev.py, their links work."""

import io
import os
import re
import sys
from pathlib import Path

import pytest
from cookiecutter.generate import generate_context
from cookiecutter.prompt import prompt_for_config

import dev
from support import clean_environment
from support import doc_examples
from support import page_steps
from support.generation import create_repository
from support.generation import run_git
from support.paths import ROOT

README = ROOT / "README.md"
GENERATE = ROOT / "docs" / "generate.md"
PLACES = ("*.md", "docs/**/*.md", "benchmarks/*.md")
PAGES = sorted(page for place in PLACES for page in ROOT.glob(place))

PERSONAL = ("COOKIECUTTER_CONFIG", "GIT_CONFIG_GLOBAL", "TEMPLATE_SKIP_INSTALL")

COMMAND = re.compile(r"python3 dev\.py (\w+)")
TRANSCRIPT = re.compile(
    r"^\$ (?P<command>uvx .*)\n(?P<text>(?:  .*\n)+)(?P<rest>(?:.+\n)+?)```", re.M
)
TYPED = re.compile(r"(?<=\):)(.*)$", re.M)
LINK = re.compile(r"\]\((?!\w+:)(?P<file>[^)#\s]*)(?:#(?P<heading>[^)\s]*))?\)")


@pytest.fixture
def cloned(template: Path, tmp_path: Path) -> Path:
    """A clone, made as the README says."""
    (block, *_) = page_steps.read_blocks(README.read_text(encoding="utf-8"), "sh")
    clone, enter, _ = block.splitlines()
    published = create_repository(template, tmp_path / "published")
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "{published.as_uri()}"]\ninsteadOf = {clone.split()[-1]}\n')
    home = tmp_path / "ada"
    home.mkdir()
    script = f"{clone} && {enter} && pwd"
    command = [doc_examples.require_program("bash"), "-c", script]
    return Path(clean_environment.run(command, home, GIT_CONFIG_GLOBAL=str(config)).strip())


def test_readme_begins_with_the_two_commands() -> None:
    assert COMMAND.findall(README.read_text(encoding="utf-8"))[:2] == ["demo", "test"]


def test_the_docs_show_what_generating_prints(cloned: Path) -> None:
    transcript = TRANSCRIPT.search(GENERATE.read_text(encoding="utf-8"))
    assert transcript is not None
    answers = "".join(f"{answer.strip()}\n" for answer in TYPED.findall(transcript["text"]))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [doc_examples.require_program("bash"), "-c", transcript["command"]]
    settings = {name: os.environ[name] for name in PERSONAL}
    output = clean_environment.run(command, cloned, answers, PATH=path, **settings)
    _, begin, rest = output.partition("Writing the files")
    printed = (begin + rest).replace(str(cloned.parent), "/home/ada").splitlines()
    shown = transcript["rest"].splitlines()
    assert "Installing the packages ..." in shown
    assert [line for line in printed if not line.startswith("  Install:")] == [
        line for line in shown if line != "Installing the packages ..."
    ]
    assert (cloned.parent / "shopping_list" / ".git").exists()
    assert run_git(cloned, "status", "--porcelain") == ""


@pytest.mark.parametrize("page", ["README.md", "docs/generate.md", "docs/getting-started.md"])
def test_commands_work_with_any_supported_python(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    pythons = re.findall(r"uvx (--python \S+ )?cookiecutter", text)
    assert pythons
    assert set(pythons) == {'--python ">=3.11" '}


def test_the_docs_show_the_questions_as_they_are_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    transcript = TRANSCRIPT.search(GENERATE.read_text(encoding="utf-8"))
    assert transcript is not None
    typed = [answer.strip() for answer in TYPED.findall(transcript["text"])]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n" for answer in typed)))
    prompt_for_config(generate_context(str(ROOT / "cookiecutter.json")))
    shown = TYPED.sub("", transcript["text"])
    assert shown.split() == capsys.readouterr().out.split()  # wherever the lines break


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_exist(page: Path) -> None:
    commands = COMMAND.findall(page.read_text(encoding="utf-8"))
    assert set(commands) <= set(dev.COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_are_valid(page: Path) -> None:
    for link in LINK.finditer(page_steps.FENCE.sub("", page.read_text(encoding="utf-8"))):
        target = page.parent / link["file"] if link["file"] else page
        assert target.exists(), link[0]
        if link["heading"]:
            assert link["heading"] in headings(target), link[0]


def headings(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
