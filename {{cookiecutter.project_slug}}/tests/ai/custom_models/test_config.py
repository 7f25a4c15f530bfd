"""``config/models.toml``: the file, and the keys of models on model servers."""

from pathlib import Path

import pytest

from app.ai.custom_models.config import read_config_file
from app.ai.custom_models.remote.config import Api
from app.ai.custom_models.remote.config import RemoteModelConfig
from app.ai.custom_models.sources import SOURCES
from app.kit.exceptions import StartupError
from app.kit.project_metadata import ROOT
from app.main import create_app
from tests.support.settings import make_settings

VALID = '[sentences]\ntask = "feature-extraction"\nurl = "http://tei:8080"\n'
OPENAI = VALID + 'api = "openai"\nmodel = "small"\n'
SECRET = "hf_Hunter2"


def read_error(path: Path, text: str) -> str:
    """Return the error message for a file with this text."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StartupError) as caught:
        read_config_file(path, SOURCES)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of the file."""
    return tmp_path / "models.toml"


def test_omitted_keys_have_defaults(file: Path) -> None:
    file.write_text(VALID.replace("8080", "8080/"))
    config = read_config_file(file, SOURCES)["sentences"]
    assert isinstance(config, RemoteModelConfig)
    assert (config.url, config.api) == ("http://tei:8080", Api.HUGGINGFACE)
    assert (config.max_concurrency, config.max_retries, config.timeout_seconds) == (8, 2, 30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (VALID + 'colour = "red"', ["sentences.colour", "unknown key", "max_retries"]),
        (VALID + "max_concurrency = 0", ["sentences.max_concurrency", "equal to 1", "got 0"]),
        (VALID + 'api = "grpc"', ["sentences.api", "'huggingface' or 'openai'", "'grpc'"]),
        (VALID.replace("feature-ex", "feature ex"), ["sentences.task", "unknown task", "zero-"]),
        (VALID.replace("http:", "ftp:"), ["sentences.url", "http or https URL", "localhost"]),
        (VALID.replace("//tei:8080", "//[tei"), ["sentences.url", "http or https URL"]),
        (
            VALID.replace("8080", "8080?a=1"),
            ["sentences.url", "must not contain a key", "api_key_name"],
        ),
        (VALID + 'model = "small"', ["sentences: model", "remove", 'api = "openai"']),
        (VALID + 'api = "openai"', ["sentences: model", "required"]),
        (OPENAI + "truncate = true", ["sentences: truncate", "remove it"]),
        (VALID + 'labels = ["a"]', ["sentences: labels", "remove it"]),
        (
            OPENAI.replace("feature-extraction", "object-detection"),
            ["sentences: api", "object-detection needs huggingface"],
        ),
        (VALID.replace("[sen", "[Sen"), ["Sentences", "lowercase letters"]),
        ('task = "text-generation"', ["task", "[sentences]"]),
        (VALID + VALID, ["cannot be read", "line 4"]),
    ],
)
def test_errors_name_the_model_and_the_key(file: Path, text: str, expected: list[str]) -> None:
    message = read_error(file, text)
    assert [words for words in expected if words not in message] == [], message


@pytest.mark.parametrize(
    "text",
    [
        VALID.replace("tei:8080", f"user:{SECRET}@tei"),
        VALID + f'api_key = "{SECRET}"',
        VALID + f"api_key_name = ['{SECRET}']",
    ],
)
def test_errors_never_show_a_secret(file: Path, text: str) -> None:
    assert SECRET not in read_error(file, text)


def test_a_key_that_does_not_exist_is_reported_without_its_name(file: Path) -> None:
    file.write_text(VALID + f'api_key_name = "{SECRET}"')
    settings = make_settings(custom_models_file=file, custom_models_api_keys="tei=a,vllm=b")
    with pytest.raises(StartupError) as caught:
        create_app(settings)
    message = str(caught.value)
    for words in ("sentences.api_key_name", "CUSTOM_MODELS_API_KEYS", "name=key", "tei, vllm"):
        assert words in message
    assert SECRET not in message


def test_keys_are_written_with_commas_between() -> None:
    settings = make_settings(custom_models_api_keys="tei = a=b== , vllm=c,")
    assert settings.custom_models_api_keys == {"tei": "a=b==", "vllm": "c"}
    assert "a=b==" not in repr(settings)


@pytest.mark.parametrize(
    "value", [SECRET, f"TEI={SECRET}", "tei=", "tei=\u00fc", f"tei={SECRET}\nx"]
)
def test_a_wrong_key_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CUSTOM_MODELS_API_KEYS", value)
    with pytest.raises(StartupError) as caught:
        create_app()
    assert "CUSTOM_MODELS_API_KEYS" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_all_errors_are_reported_at_once(file: Path) -> None:
    message = read_error(file, VALID + 'api = "x"\nbatch_size = 0\n[other]\nurl = "tei:8080"')
    assert len(message.splitlines()) == 5


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"CUSTOM_MODELS_FILE: no such file: .*none\.toml"):
        create_app(make_settings(custom_models_file=tmp_path / "none.toml"))


def test_the_file_of_the_project_is_valid() -> None:
    assert read_config_file(ROOT / "config" / "models.toml", SOURCES) == {}


def test_the_examples_in_the_file_are_valid(file: Path) -> None:
    text = (ROOT / "config" / "models.toml").read_text(encoding="utf-8")
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    start = lines.index("[documents]")
    file.write_text("\n".join(lines[start:]), encoding="utf-8")
    assert list(read_config_file(file, SOURCES)) == ["documents", "stories"]
