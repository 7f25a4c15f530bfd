"""The effective provider and model, and settings that stop the start."""

import pytest

from app.core.config import load_settings
from app.kit.exceptions import StartupError
from tests.support.settings import make_settings

OLLAMA = "http://localhost:11434/v1"


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment of a production server."""
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SECRET_KEY", "0123456789abcdefghijklmnopqrstuvwxyz")  # %if jwt


def startup_error() -> str:
    """Return the message of the failed start."""
    with pytest.raises(StartupError) as error:
        load_settings()
    return str(error.value)


@pytest.mark.parametrize(
    ("values", "provider"),
    [
        ({}, "echo"),
        ({"llm_api_key": "k"}, "openai"),
        ({"llm_base_url": OLLAMA}, "openai"),
        ({"llm_api_key": "k", "llm_provider": "echo"}, "echo"),
        ({"llm_base_url": OLLAMA, "llm_provider": "openai"}, "openai"),
    ],
)
def test_the_effective_provider(values: dict[str, str], provider: str) -> None:
    assert make_settings(**values).llm_effective_provider == provider


@pytest.mark.usefixtures("production")
def test_production_requires_a_server() -> None:
    assert "LLM_API_KEY (OpenAI) or LLM_BASE_URL" in startup_error()


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(("name", "value"), [("LLM_API_KEY", "a key"), ("LLM_BASE_URL", OLLAMA)])
def test_production_accepts_a_key_or_a_url(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert load_settings().llm_effective_provider == "openai"


@pytest.mark.usefixtures("production")
def test_production_rejects_system_messages_of_clients_by_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LLM_API_KEY", "a key")
    assert not load_settings().llm_allow_system_messages
    monkeypatch.setenv("LLM_ALLOW_SYSTEM_MESSAGES", "true")
    assert load_settings().llm_allow_system_messages


def test_other_environments_allow_system_messages_of_clients() -> None:
    assert make_settings().llm_allow_system_messages
    assert make_settings(environment="development").llm_allow_system_messages


@pytest.mark.usefixtures("production")
def test_production_rejects_the_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_API_KEY", "a key")
    monkeypatch.setenv("LLM_PROVIDER", "echo")
    assert "LLM_PROVIDER must not be echo in production" in startup_error()


def test_the_openai_provider_requires_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_PROVIDER", "openai")
    assert "LLM_PROVIDER is openai, which requires LLM_API_KEY" in startup_error()


@pytest.mark.parametrize("url", ["", "localhost:11434", "ftp://host/v1", "http://", "http://["])
def test_an_invalid_url_is_rejected(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LLM_BASE_URL", url)
    assert "LLM_BASE_URL: must be an http or https URL, such as https://" in startup_error()


def test_an_empty_key_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_API_KEY", "")
    assert "LLM_API_KEY: " in startup_error()


@pytest.mark.parametrize("added", ["é", "\u201d", "\n", "\n2", " ", "\t", "\x7f"])
def test_a_key_that_does_not_fit_into_a_header_is_rejected_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, added: str
) -> None:
    monkeypatch.setenv("LLM_API_KEY", f"hunter2{added}")
    message = startup_error()
    assert "LLM_API_KEY: must be printable ASCII" in message
    assert "hunter2" not in message


def test_neither_key_nor_url_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_API_KEY", "hunter2")
    monkeypatch.setenv("LLM_BASE_URL", "https://me:hunter3@models.example.com/v1")
    shown = repr(load_settings())
    assert "hunter" not in shown


@pytest.mark.parametrize(
    ("values", "model"),
    [
        ({}, "echo"),
        ({"llm_api_key": "k"}, "gpt-5-mini"),
        ({"llm_model": "small"}, "small"),
        ({"llm_model": "small", "llm_base_url": OLLAMA}, "small"),
    ],
)
def test_the_default_model(values: dict[str, str], model: str) -> None:
    assert make_settings(**values).llm_models == [model]


def test_the_default_model_is_always_allowed() -> None:
    settings = make_settings(llm_model="small", llm_allowed_models="large, small")
    assert settings.llm_models == ["small", "large"]
