"""``config/models.toml``: the keys of models that run in this process."""

from pathlib import Path

import pytest

from app.ai.custom_models.config import read_config_file
from app.ai.custom_models.sources import SOURCES
from app.ai.local_models.config import LocalModelConfig
from app.kit.exceptions import StartupError
from app.kit.project_metadata import ROOT

VALID = '[sentences]\ntask = "feature-extraction"\nmodel = "owner/name"\n'


def read_error(path: Path, text: str) -> str:
    """Return the error message for a file with this text."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StartupError) as caught:
        read_config_file(path, SOURCES)
    assert str(path) in str(caught.value)
    return str(caught.value)


def read_model(path: Path) -> LocalModelConfig:
    """Return the configuration of the only model in a file."""
    (config,) = read_config_file(path, SOURCES).values()
    assert isinstance(config, LocalModelConfig)
    return config


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of the file."""
    return tmp_path / "models.toml"


def test_omitted_keys_have_defaults(file: Path) -> None:
    file.write_text(VALID)
    config = read_model(file)
    assert (config.device, config.dtype, config.batch_size) == ("auto", "auto", 32)
    assert not config.is_local


def test_relative_folders_start_at_the_project(file: Path, tmp_path: Path) -> None:
    for model, folder in (("config", ROOT / "config"), (tmp_path.as_posix(), tmp_path)):
        file.write_text(VALID.replace("owner/name", model))
        config = read_model(file)
        assert Path(config.model) == folder.resolve()
        assert config.is_local


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (VALID + 'colour = "red"', ["sentences.colour", "unknown key", "batch_size"]),
        (VALID + "batch_size = 0", ["sentences.batch_size", "greater than or equal to 1", "0"]),
        (VALID + 'batch_size = "many"', ["sentences.batch_size", "valid integer", "'many'"]),
        (VALID + 'device = "gpu"', ["sentences.device", "'cpu', 'cuda' or 'mps'", "'gpu'"]),
        (VALID + 'dtype = "int8"', ["sentences.dtype", "'float32'", "'int8'"]),
        (VALID + "timeout_seconds = -1", ["sentences.timeout_seconds", "greater than 0"]),
        (VALID + "labels = [1]", ["sentences.labels.0", "valid string"]),
        (
            VALID.replace("feature-ex", "feature ex"),
            ["sentences.task", "unknown task", "zero-shot"],
        ),
        (
            VALID.replace("owner/name", "./none"),
            ["sentences.model", "neither an existing folder", "'./none'"],
        ),
        (VALID.replace("owner/name", "config/none"), ["sentences.model", "no such folder in"]),
        (VALID.replace("owner/name", "a/b/c"), ["sentences.model", "nor an id on the Hub"]),
        (VALID.replace("owner/name", "config") + 'revision = "a"', ["sentences", "remove it"]),
        ('[sentences]\ntask = "text-generation"', ["sentences.model", "required", "or url"]),
    ],
)
def test_errors_name_the_key(file: Path, text: str, expected: list[str]) -> None:
    message = read_error(file, text)
    assert [words for words in expected if words not in message] == [], message


def test_all_errors_are_reported_at_once(file: Path) -> None:
    message = read_error(file, VALID + 'device = "gpu"\nbatch_size = 0\n[other]\ntask = "magic"')
    assert len(message.splitlines()) == 5


def test_the_examples_in_the_file_are_valid(file: Path) -> None:
    text = (ROOT / "config" / "models.toml").read_text(encoding="utf-8")
    lines = [line.removeprefix("# ") for line in text.splitlines() if "%" not in line]
    start = lines.index("[sentences]")
    file.write_text("\n".join(lines[start:]), encoding="utf-8")
    assert list(read_config_file(file, SOURCES))[:2] == ["sentences", "reviews"]
