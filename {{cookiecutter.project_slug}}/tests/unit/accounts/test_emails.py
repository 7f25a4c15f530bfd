"""E-mail addresses: one form each, and an end to their length."""

import pytest

from app.utils.emails import normalize_email


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Anna@Example.COM", "anna@example.com"),
        ("Ä@müller.de", "ä@müller.de"),
        (" anna@example.com\u00a0\n", "anna@example.com"),  # as keyboards of phones complete it
    ],
)
def test_an_address_has_one_form(text: str, normal: str) -> None:
    assert normalize_email(text) == normal


@pytest.mark.parametrize("text", ["", "anna", "anna@", "@example.com", "a b@example.com", "a@b"])
def test_most_texts_are_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        normalize_email(text)


def test_a_long_text_is_refused_before_it_is_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_arguments: object, **_options: object) -> None:
        raise AssertionError("this takes minutes for some texts")

    monkeypatch.setattr("app.utils.emails.validate_email", never)
    with pytest.raises(ValueError, match="254"):
        normalize_email("a" + "\u0315\u0300" * 200 + "@example.com")
