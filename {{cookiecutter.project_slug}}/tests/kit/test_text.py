"""Texts that cannot be stored."""

import pytest

from app.kit.text import reject_unstorable


@pytest.mark.parametrize("text", ["", "tea", "line\nline", "😀", "\x01", "\uffff"])
def test_most_texts_are_kept_as_they_are(text: str) -> None:
    assert reject_unstorable(text) == text


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "😀\udc00"])
def test_nul_and_halves_of_pairs_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NUL characters or broken Unicode"):
        reject_unstorable(text)
