"""The one form of an origin."""

import pytest

from app.kit.config.origins import EXAMPLE
from app.kit.config.origins import normalize_origin


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.com",
        "http://localhost",
        "http://localhost:5173",
        "http://[::1]:5173",
        "https://app.example.com:80",
        "capacitor://localhost",
    ],
)
def test_what_browsers_send_stays(origin: str) -> None:
    assert normalize_origin(origin) == origin


@pytest.mark.parametrize(
    ("origin", "sent"),
    [
        ("https://App.Example.com", "https://app.example.com"),
        ("HTTPS://app.example.com", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://app.example.com:80", "http://app.example.com"),
        ("https://app.example.com:", "https://app.example.com"),
        ("https://app.example.com:0444", "https://app.example.com:444"),
        ("https://app.example.com/shop?all#top", "https://app.example.com"),
        ("https://me@app.example.com", "https://app.example.com"),
    ],
)
def test_every_other_form_has_its_right_one(origin: str, sent: str) -> None:
    assert normalize_origin(origin) == sent


@pytest.mark.parametrize(
    "origin",
    ["", "null", "a.example", "https://", "https://a:x", "https://a:99999", "https://[", "a://ü"],
)
def test_what_is_none_gets_an_example(origin: str) -> None:
    assert normalize_origin(origin) == EXAMPLE
