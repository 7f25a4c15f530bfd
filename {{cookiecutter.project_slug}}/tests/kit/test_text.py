"""Texts: what cannot be stored, and when two are the same."""

import pytest

from app.utils.text import casefold_text
from app.utils.text import reject_unstorable


@pytest.mark.parametrize("text", ["", "tea", "line\nline", "😀", "\x01", "\uffff"])
def test_most_texts_are_kept_as_they_are(text: str) -> None:
    assert reject_unstorable(text) == text


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "😀\udc00"])
def test_nul_and_halves_of_pairs_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NUL characters or broken Unicode"):
        reject_unstorable(text)


@pytest.mark.parametrize(("one", "other"), [("Tea", "tEA"), ("Ä", "ä"), ("Σ", "ς"), ("ß", "SS")])
def test_case_makes_no_difference(one: str, other: str) -> None:
    assert casefold_text(one) == casefold_text(other)


def test_accents_make_a_difference() -> None:
    assert casefold_text("e") != casefold_text("é")
