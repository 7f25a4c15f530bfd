"""The pages of this repository: their commands are those of dev.py, their links lead somewhere."""

import io
import re
from pathlib import Path

import pytest
from cookiecutter.generate import generate_context
from cookiecutter.prompt import prompt_for_config

import dev
import steps
import support

README = support.ROOT / "README.md"
PLACES = ("*.md", "docs/**/*.md", "benchmarks/*.md")
PAGES = sorted(page for place in PLACES for page in support.ROOT.glob(place))

COMMAND = re.compile(r"python3 dev\.py (\w+)")
TRANSCRIPT = re.compile(r"^\$ uvx .*\n(?P<text>(?:  .*\n)+)", re.M)
TYPED = re.compile(r"(?<=\):)(.*)$", re.M)
LINK = re.compile(r"\]\((?!\w+:)(?P<file>[^)#\s]*)(?:#(?P<heading>[^)\s]*))?\)")


def test_readme_begins_with_the_two_commands() -> None:
    assert COMMAND.findall(README.read_text(encoding="utf-8"))[:2] == ["demo", "test"]


def test_readme_shows_the_questions_as_they_are_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    transcript = TRANSCRIPT.search(README.read_text(encoding="utf-8"))
    assert transcript is not None
    typed = [answer.strip() for answer in TYPED.findall(transcript["text"])]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n" for answer in typed)))
    prompt_for_config(generate_context(str(support.ROOT / "cookiecutter.json")))
    shown = TYPED.sub("", transcript["text"])
    assert shown.split() == capsys.readouterr().out.split()  # wherever the lines break


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(support.ROOT).as_posix())
def test_commands_exist(page: Path) -> None:
    commands = COMMAND.findall(page.read_text(encoding="utf-8"))
    assert set(commands) <= set(dev.COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(support.ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.finditer(steps.FENCE.sub("", page.read_text(encoding="utf-8"))):
        target = page.parent / link["file"] if link["file"] else page
        assert target.exists(), link[0]
        if link["heading"]:
            assert link["heading"] in headings(target), link[0]


def headings(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
