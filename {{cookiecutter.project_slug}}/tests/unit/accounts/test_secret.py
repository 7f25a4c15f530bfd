"""The secret: what production refuses, and that nobody is shown it."""

import pytest

from app.core.config import load_settings
from app.core.config.auth import PLACEHOLDER
from app.kit.exceptions import StartupError
from app.kit.project_metadata import ROOT

GOOD = "0123456789abcdefghijklmnopqrstuv"


@pytest.fixture(autouse=True)
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a server."""
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("LLM_API_KEY", "a key")  # %if llm


@pytest.mark.parametrize(
    "secret", [PLACEHOLDER, GOOD[:-1], "a" * 64, "123456789" * 10, "äöü123456"]
)
def test_production_refuses_a_weak_secret(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("SECRET_KEY", secret)
    with pytest.raises(StartupError) as error:
        load_settings()
    assert "SECRET_KEY must be at least 32 bytes" in str(error.value)
    assert 'python -c "import secrets; print(secrets.token_urlsafe(48))"' in str(error.value)
    assert secret not in str(error.value)


@pytest.mark.parametrize("secret", [PLACEHOLDER, GOOD[:-1], ""])
def test_the_previous_secret_must_be_as_good(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD)
    monkeypatch.setenv("SECRET_KEY_PREVIOUS", secret)
    with pytest.raises(StartupError, match="SECRET_KEY_PREVIOUS"):
        load_settings()


@pytest.mark.parametrize("environment", ["development", "testing", "production"])
def test_no_place_takes_an_empty_secret(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    monkeypatch.setenv("ENVIRONMENT", environment)
    monkeypatch.setenv("SECRET_KEY", "")
    with pytest.raises(StartupError, match="SECRET_KEY: must not be empty"):
        load_settings()


def test_production_refuses_hashes_that_are_made_too_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD)
    monkeypatch.setenv("PASSWORD_HASH_ROUNDS", "9")
    with pytest.raises(StartupError, match="PASSWORD_HASH_ROUNDS must be at least 10"):
        load_settings()


def test_production_refuses_a_missing_secret() -> None:
    with pytest.raises(StartupError, match="SECRET_KEY"):
        load_settings()


@pytest.mark.parametrize("secret", [GOOD, "0123456789" * 4])
def test_production_takes_a_good_secret(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("SECRET_KEY", secret)
    monkeypatch.setenv("PASSWORD_HASH_ROUNDS", "10")
    assert load_settings().secret_key == secret


def test_bytes_count_and_not_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "äöüßéèêëñç" + "áíóúàù")
    assert load_settings().environment == "production"


def test_the_example_shows_the_value_that_is_refused() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert f"SECRET_KEY={PLACEHOLDER}" in lines


def test_settings_do_not_show_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD)
    monkeypatch.setenv("SECRET_KEY_PREVIOUS", GOOD[::-1])
    monkeypatch.setenv("RATE_LIMIT_STORAGE_URL", "redis://:hunter2@h")
    shown = repr(load_settings())
    assert GOOD not in shown
    assert GOOD[::-1] not in shown
    assert "hunter2" not in shown


def test_broken_unicode_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "\udcff" * 64)
    with pytest.raises(StartupError) as error:
        load_settings()
    assert "SECRET_KEY: " in str(error.value)
    assert "; the value is not shown, because it may hold a secret" in str(error.value)


@pytest.mark.parametrize("rates", ["often", "5", "5/fortnight", ""])
def test_a_rate_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, rates: str) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD)
    monkeypatch.setenv("RATE_LIMIT_ACCOUNT", rates)
    with pytest.raises(StartupError, match="RATE_LIMIT_ACCOUNT: is not a rate"):
        load_settings()
