"""Settings of language models: who answers, and what is refused."""

import pytest

from app.core.config import load_settings
from app.core.exceptions import StartupError
from tests.support.settings import make_settings

OLLAMA = "http://localhost:11434/v1"


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a server."""
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SECRET_KEY", "0123456789abcdefghijklmnopqrstuvwxyz")  # %if jwt


def refusal() -> str:
    """What is said instead of starting."""
    with pytest.raises(StartupError) as error:
        load_settings()
    return str(error.value)


@pytest.mark.parametrize(
    ("values", "answerer"),
    [
        ({}, "echo"),
        ({"llm_api_key": "k"}, "openai"),
        ({"llm_base_url": OLLAMA}, "openai"),
        ({"llm_api_key": "k", "llm_provider": "echo"}, "echo"),
        ({"llm_base_url": OLLAMA, "llm_provider": "openai"}, "openai"),
    ],
)
def test_who_answers(values: dict[str, str], answerer: str) -> None:
    assert make_settings(**values).llm_answerer == answerer


@pytest.mark.usefixtures("production")
def test_production_refuses_to_start_without_a_server() -> None:
    assert "LLM_API_KEY (OpenAI) or LLM_BASE_URL" in refusal()


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(("name", "value"), [("LLM_API_KEY", "a key"), ("LLM_BASE_URL", OLLAMA)])
def test_production_takes_a_key_or_an_address(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert load_settings().llm_answerer == "openai"


@pytest.mark.usefixtures("production")
def test_production_refuses_echoes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_API_KEY", "a key")
    monkeypatch.setenv("LLM_PROVIDER", "echo")
    assert "LLM_PROVIDER must not be echo in production" in refusal()


def test_a_provider_that_is_named_needs_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_PROVIDER", "openai")
    assert "LLM_PROVIDER is openai, but LLM_API_KEY" in refusal()


@pytest.mark.parametrize("url", ["", "localhost:11434", "ftp://host/v1", "http://", "http://["])
def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LLM_BASE_URL", url)
    assert "LLM_BASE_URL: is no address of a server; write it like https://" in refusal()


def test_an_empty_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_API_KEY", "")
    assert "LLM_API_KEY: " in refusal()


@pytest.mark.parametrize("added", ["é", "\u201d", "\n", "\n2", " ", "\t", "\x7f"])
def test_a_key_that_fits_in_no_header_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, added: str
) -> None:
    monkeypatch.setenv("LLM_API_KEY", f"hunter2{added}")
    message = refusal()
    assert "LLM_API_KEY: must be letters, digits and signs of ASCII" in message
    assert "hunter2" not in message


def test_neither_key_nor_address_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_an_echo_is_not_called_as_a_model_is(values: dict[str, str], model: str) -> None:
    assert make_settings(**values).llm_models == [model]


def test_the_default_model_is_always_allowed() -> None:
    settings = make_settings(llm_model="small", llm_allowed_models="large, small")
    assert settings.llm_models == ["small", "large"]
