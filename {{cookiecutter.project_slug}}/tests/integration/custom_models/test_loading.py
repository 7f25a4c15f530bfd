"""What is loaded from disk, and what is refused: pickles, wrong tasks, code, other devices."""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch

from app.ai.custom_models.loading import LIBRARIES
from app.ai.custom_models.loading import load
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.port import TextQuestion
from app.core.logging import configure_logging
from tests.support.custom_models import declare
from tests.support.settings import make_settings


def try_loading(model: Path | str, task: str, **keys: Any) -> str:
    """Why this cannot be loaded."""
    with pytest.raises(LoadingFailed) as caught:
        load(declare(task, str(model), **keys), make_settings())
    return str(caught.value)


@pytest.fixture
def copied(folders: Path, tmp_path: Path) -> Path:
    """A folder with a model that may be damaged."""
    return shutil.copytree(folders / "text-classification", tmp_path / "model")


class Trap:
    """Runs when somebody unpickles it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_pickles_are_not_loaded_whatever_is_in_them(copied: Path, tmp_path: Path) -> None:
    (copied / "model.safetensors").unlink()
    torch.save(Trap(tmp_path / "sprung"), copied / "pytorch_model.bin")
    assert "safetensors" in try_loading(copied, "text-classification")
    assert not (tmp_path / "sprung").exists()


def test_code_that_comes_with_a_model_does_not_run(copied: Path, tmp_path: Path) -> None:
    config = json.loads((copied / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config"}}
    (copied / "config.json").write_text(json.dumps(config))
    (copied / "mine.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\n")
    assert "trust_remote_code" in try_loading(copied, "text-classification")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("made_for", "declared"),
    [
        ("feature-extraction", "text-classification"),
        ("text-classification", "token-classification"),
        ("text-classification", "text-generation"),
        ("object-detection", "image-classification"),
        ("feature-extraction", "automatic-speech-recognition"),
    ],
)
def test_a_model_of_another_task_is_refused(folders: Path, made_for: str, declared: str) -> None:
    try_loading(folders / made_for, declared)


def test_every_reason_is_told(copied: Path, tmp_path: Path) -> None:
    task = "text-classification"
    assert "2 are declared, and the model has 3" in try_loading(copied, task, labels=["a", "b"])
    if not torch.cuda.is_available():
        assert "this machine has no cuda; it has" in try_loading(copied, task, device="cuda")
    (copied / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{broken")
    assert "SafetensorError" in try_loading(copied, task)
    (tmp_path / "empty").mkdir()
    assert try_loading(tmp_path / "empty", task)


def test_offline_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was used"))
    with pytest.raises(LoadingFailed):
        load(declare("text-generation", "owner/name"), make_settings(custom_models_offline=True))


def test_the_libraries_log_as_all_do(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(make_settings(log_format="readable"))
    load(declare("feature-extraction", str(folders / "feature-extraction")), make_settings())
    capsys.readouterr()
    for name in LIBRARIES:
        logging.getLogger(name).warning("hello")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("WARNING")[1].strip() for line in lines] == [
        f"{name} [-] hello" for name in LIBRARIES
    ]


def test_numbers_are_kept_as_declared(folders: Path) -> None:
    folder = str(folders / "feature-extraction")
    sizes = {
        dtype: load(declare("feature-extraction", folder, dtype=dtype), make_settings()).megabytes
        for dtype in ("float32", "bfloat16")
    }
    assert sizes["float32"] == pytest.approx(2 * sizes["bfloat16"], rel=0.02)


def test_the_first_token_is_the_vector_where_the_model_says_so(
    folders: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(folders / "feature-extraction", tmp_path / "model")
    (folder / "1_Pooling").mkdir()
    modes = folder / "1_Pooling" / "config.json"
    vectors = []
    for mode in ("mean_tokens", "cls_token"):
        modes.write_text(json.dumps({f"pooling_mode_{mode}": True}))
        model = load(declare("feature-extraction", str(folder)), make_settings())
        vectors.append(model.answer([TextQuestion("the cat")])[0])
    assert vectors[0] != pytest.approx(vectors[1], abs=1e-3)
    modes.write_text(json.dumps({"pooling_mode_max_tokens": True}))
    assert "pooling" in try_loading(folder, "feature-extraction")
