"""Filters that write free text into TOML, YAML, JSON and Markdown."""

import json
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from template_filters import escape_markdown
from template_filters import quote

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ANY = st.text(st.characters(exclude_categories=["Cs"]))
LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)
SPECIAL = st.text("\\`*_{}[]()<>#+-.!|~&;:/=$\"'^1 2abcwWx").map(str.strip).filter(bool)


def shown(tokens: list[Token]) -> str:
    """What a reader sees of these tokens; code, links and the like show as marks."""
    texts = []
    for token in tokens:
        if token.type in ("text", "text_special"):
            texts.append(token.content)
        elif token.type != "inline":
            texts.append(f"<{token.type}>")
        texts.append(shown(token.children or []))
    return "".join(texts)


@given(ANY)
def test_quoted_text_is_read_back_from_toml_yaml_and_json(text: str) -> None:
    assert tomllib.loads(f"a = {quote(text)}  # b")["a"] == text
    assert yaml.safe_load(f"a: {quote(text)}  # b")["a"] == text
    assert json.loads(quote(text)) == text


@given(LINE.map(str.strip).filter(bool) | SPECIAL)
def test_markdown_shows_the_text_unchanged(text: str) -> None:
    line = escape_markdown(text)
    paragraph, heading, item, cell = (
        MARKDOWN.parse(form.format(line))
        for form in ("{}\n", "# {}\n", "- {}\n", "| a | b |\n|---|---|\n| {} | x |\n")
    )
    assert shown(paragraph) == f"<paragraph_open>{text}<paragraph_close>"
    assert shown(heading) == f"<heading_open>{text}<heading_close>"
    assert f"<paragraph_open>{text}<paragraph_close>" in shown(item)
    assert f"<td_open>{text}<td_close>" in shown(cell)


@pytest.mark.parametrize("text", ["Joe's Shop, Ltd. (2026)", "Café Über & Söhne", "100 % - fast!"])
def test_ordinary_text_stays_readable(text: str) -> None:
    assert escape_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("</script>", r"\</script\>"),
        ("https://a_b.c www.d_e.f", r"https\://a\_b.c www\.d\_e.f"),
        ("a &amp; b & c", r"a \&amp; b & c"),
        ("1. one", r"1\. one"),
        ("- one", r"\- one"),
    ],
)
def test_what_would_be_markup_is_escaped(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped
