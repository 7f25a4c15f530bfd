"""``config/models.toml``: what it may say, and what is said when it is wrong."""

from pathlib import Path

import pytest

from app.ai.custom_models.declarations import read_declarations
from app.core.exceptions import StartupError
from app.core.project import ROOT
from app.main import create_app
from tests.support.settings import make_settings

GOOD = '[sentences]\ntask = "feature-extraction"\nmodel = "owner/name"\n'


def read(path: Path, text: str) -> str:
    """What is said about a file with this text."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StartupError) as caught:
        read_declarations(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the declarations are."""
    return tmp_path / "models.toml"


def test_what_is_left_out_has_a_default(file: Path) -> None:
    file.write_text(GOOD)
    declared = read_declarations(file)["sentences"]
    assert (declared.device, declared.dtype, declared.batch_size) == ("auto", "auto", 32)
    assert not declared.is_local


def test_a_folder_is_found_from_the_project(file: Path, tmp_path: Path) -> None:
    for model, folder in (("config", ROOT / "config"), (tmp_path.as_posix(), tmp_path)):
        file.write_text(GOOD.replace("owner/name", model))
        declared = read_declarations(file)["sentences"]
        assert Path(declared.model) == folder.resolve()
        assert declared.is_local


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD + 'colour = "red"', ["sentences.colour", "there is no such key", "batch_size"]),
        (GOOD + "batch_size = 0", ["sentences.batch_size", "greater than or equal to 1", "0"]),
        (GOOD + 'batch_size = "many"', ["sentences.batch_size", "valid integer", "'many'"]),
        (GOOD + 'device = "gpu"', ["sentences.device", "'cpu', 'cuda' or 'mps'", "'gpu'"]),
        (GOOD + 'dtype = "int8"', ["sentences.dtype", "'float32'", "'int8'"]),
        (GOOD + "timeout_seconds = -1", ["sentences.timeout_seconds", "greater than 0"]),
        (GOOD + "labels = [1]", ["sentences.labels.0", "valid string"]),
        (GOOD.replace("feature-ex", "feature ex"), ["sentences.task", "no such task", "zero-shot"]),
        (GOOD.replace("owner/name", "./none"), ["sentences.model", "no such folder", "'./none'"]),
        (GOOD.replace("owner/name", "config/none"), ["sentences.model", "no such folder in"]),
        (GOOD.replace("owner/name", "a/b/c"), ["sentences.model", "no id of the Hub"]),
        (GOOD.replace("owner/name", "config") + 'revision = "a"', ["sentences", "leave it out"]),
        ('[sentences]\ntask = "text-generation"', ["sentences.model", "is missing"]),
        (GOOD.replace("[sen", "[Sen"), ["Sentences", "small letters"]),
        ('task = "text-generation"', ["task", "[sentences]"]),
        (GOOD + GOOD, ["cannot be read", "line 4"]),
    ],
)
def test_what_is_wrong_is_told_by_key(file: Path, text: str, told: list[str]) -> None:
    message = read(file, text)
    assert [words for words in told if words not in message] == [], message


def test_every_wrong_key_is_told_at_once(file: Path) -> None:
    message = read(file, GOOD + 'device = "gpu"\nbatch_size = 0\n[other]\ntask = "magic"')
    assert len(message.splitlines()) == 5


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"CUSTOM_MODELS_FILE: there is no file .*none\.toml"):
        create_app(make_settings(custom_models_file=tmp_path / "none.toml"))


def test_the_project_s_own_file_is_right() -> None:
    assert read_declarations(ROOT / "config" / "models.toml") == {}


def test_the_examples_in_it_are_right(file: Path) -> None:
    text = (ROOT / "config" / "models.toml").read_text(encoding="utf-8")
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    begin = lines.index("[sentences]")
    file.write_text("\n".join(lines[begin:]), encoding="utf-8")
    assert list(read_declarations(file)) == ["sentences", "reviews"]
