"""Settings: where values come from, what is refused, and what the message says."""

from pathlib import Path

import pytest

from app.core.config import load_settings
from app.kit.exceptions import StartupError


def refusal() -> str:
    """What is said instead of starting."""
    with pytest.raises(StartupError) as error:
        load_settings()
    return str(error.value)


def on_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what production asks for."""
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SECRET_KEY", "0123456789abcdefghijklmnopqrstuvwxyz")  # %if jwt
    monkeypatch.setenv("LLM_API_KEY", "a key")  # %if llm


def test_the_environment_wins_over_dotenv_over_toml_over_the_default(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_server(monkeypatch)
    assert load_settings().log_format == "json"  # config/production.toml
    assert load_settings().log_level == "INFO"  # the default
    dotenv.write_text("LOG_FORMAT=readable\nLOG_LEVEL=error\n", encoding="utf-8")
    assert load_settings().log_format == "readable"
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert load_settings().log_level == "DEBUG"


def test_dotenv_may_name_the_environment(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENVIRONMENT")
    dotenv.write_text("ENVIRONMENT=testing\n", encoding="utf-8")
    assert load_settings().log_level == "WARNING"  # config/testing.toml


def test_an_unknown_setting_is_named_with_what_was_meant_and_not_shown(dotenv: Path) -> None:
    dotenv.write_text("DATABASE_ULR=hunter2\n", encoding="utf-8")
    message = refusal()
    assert "DATABASE_ULR: there is no such setting; did you mean DATABASE_URL?" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ENVIRONMENT", "moon", "'development', 'testing' or 'production'; given: 'moon'"),
        ("LOG_LEVEL", "", "given: ''"),
        ("MAX_BODY_BYTES", "many", "given: 'many'"),
        ("MAX_BODY_BYTES", "1", "greater than or equal to 1024; given: '1'"),
        ("CORS_ORIGINS", '["https://a', "JSON list"),
        ("CORS_ORIGINS", "example.com", "write it like https://app.example.com"),
        ("CORS_ORIGINS", "https://a.example/", "write it like https://a.example;"),
        ("CORS_HEADERS", "*", "is not a header name; write it like X-Tenant"),
        ("CORS_HEADERS", "X Tenant", "is not a header name"),
        ("TRUSTED_PROXIES", "*", "is not an IP address"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "is not an IP address"),
        ("TRUSTED_PROXIES", "0.0.0.0/0", "is too wide a network"),
        ("TRUSTED_PROXIES", "0.0.0.0/1", "is too wide a network"),
        ("TRUSTED_PROXIES", "10.0.0.1, 8.0.0.0/7", "'8.0.0.0/7' is too wide a network"),
        ("TRUSTED_PROXIES", "::/0", "is too wide a network"),
        ("TRUSTED_PROXIES", "2000::/3", "is too wide a network"),
        ("TRUSTED_PROXIES", "::ffff:0:0/96", "is too wide a network"),
        ("TRUSTED_PROXIES", "::/16", "is too wide a network"),
        (
            "ALLOWED_HOSTS",
            "https://api.example.com",
            "is not a host name; write it like api.example.com",
        ),
        ("ALLOWED_HOSTS", "api.example.com:443", "is not a host name"),
        ("ALLOWED_HOSTS", "*", "is not a host name"),
        ("ROOT_PATH", "shop", "is not a path; write it like /shop"),
        ("ROOT_PATH", "//shop", "is not a path"),
        ("ROOT_PATH", "/a b", "is not a path"),
        ("CORS_ORIGIN_REGEX", "(", "is not a valid regular expression"),
    ],
)
def test_a_wrong_value_is_named_shown_and_explained(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    message = refusal()
    assert f"  {name}: " in message
    assert expected in message


@pytest.mark.parametrize(
    "name",
    [
        "DATABASE_PASSWORD",
        "SECRET_KEY",  # %if jwt
        "LLM_API_KEY",  # %if llm
    ],
)
def test_what_was_left_empty_may_be_left_out(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    assert f"  {name}: must not be empty; remove the line to use the default" in refusal()


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "perhaps")
    monkeypatch.setenv("DOCS_ENABLED", "perhaps")
    message = refusal()
    assert "DEBUG: " in message
    assert "DOCS_ENABLED: " in message


def test_networks_of_proxies_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, 2400:cb00::/32, ::ffff:10.0.0.0/104")
    assert len(load_settings().trusted_proxies) == 3


@pytest.mark.parametrize("text", ["10.0.0.1, ::1", '["10.0.0.1", "::1"]', "10.0.0.1,::1,"])
def test_a_list_is_json_or_has_commas(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", text)
    assert load_settings().trusted_proxies == ["10.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "true"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGIN_REGEX", ".*"),
        ("CORS_ORIGIN_REGEX", "https?://.+"),
        ("CORS_ORIGIN_REGEX", "http://.*"),
        ("CORS_ORIGIN_REGEX", r"https://.*\.(com|net)"),
        ("DATABASE_URL", "postgresql://app:app@localhost/app"),
        ("DATABASE_URL", "mysql://app:app@localhost/app"),
    ],
)
def test_production_refuses_what_is_fit_for_a_laptop_only(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setattr("app.kit.config.database_url.find_spec", lambda _name: object())
    monkeypatch.setenv(name, value)
    load_settings()
    on_a_server(monkeypatch)
    assert name in refusal()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "app.db",
        "oracle://u:hunter2@h/x",
        "postgresql+nope://h/x",
        "mysql://h",
        "postgresql://u:p@h/n?hunter2@h=1",
        "postgresql://u:p@hunter2@h/n",
    ],
)
def test_a_wrong_database_url_is_explained_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    message = refusal()
    assert "DATABASE_URL: " in message
    assert "; the value is not shown, because it may hold a secret" in message
    assert "given" not in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("url", "complete"),
    [
        ("postgresql://app@h/n", "postgresql+asyncpg://app:a%40b%2F%24c@h/n"),
        ("postgresql://app:old@h/n", "postgresql+asyncpg://app:a%40b%2F%24c@h/n"),
        ("postgresql://h/n", "postgresql+asyncpg://h/n"),
    ],
)
def test_the_url_takes_what_is_kept_apart(
    monkeypatch: pytest.MonkeyPatch, url: str, complete: str
) -> None:
    monkeypatch.setattr("app.kit.config.database_url.find_spec", lambda _name: object())
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("DATABASE_PASSWORD", "a@b/$c")
    assert load_settings().database_url == complete
    assert "a@b" not in repr(load_settings())


def test_production_takes_what_compose_keeps_apart_unless_it_is_the_example(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.kit.config.database_url.find_spec", lambda _name: object())
    on_a_server(monkeypatch)
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@postgresql/app")
    monkeypatch.setenv("DATABASE_PASSWORD", "app")
    assert "DATABASE_PASSWORD" in refusal()
    monkeypatch.setenv("DATABASE_PASSWORD", "a@b/$c")
    assert load_settings().environment == "production"
