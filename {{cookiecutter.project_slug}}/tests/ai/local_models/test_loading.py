"""Loading models from disk, and the models that are rejected."""

import json
import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch

from app.ai.custom_models.port import ModelLoadError
from app.ai.custom_models.port import TextInput
from app.ai.local_models.adapters.registry import TASKS
from app.ai.local_models.loading import LIBRARIES
from app.ai.local_models.loading import prepare_model
from app.kit.logging import configure_logging
from tests.support.local_models import load
from tests.support.local_models import make_config
from tests.support.settings import make_settings
from tests.support.tiny_models import FACTORIES
from tests.support.tiny_models import make_model


def load_error(model: Path | str, task: str, **keys: Any) -> str:
    """Return the reason why a model cannot be loaded."""
    with pytest.raises(ModelLoadError) as caught:
        load(make_config(task, str(model), **keys), make_settings())
    return str(caught.value)


@pytest.fixture
def copied_model(model_folders: Path, tmp_path: Path) -> Path:
    """Return the folder of a model that may be damaged."""
    return shutil.copytree(model_folders / "text-classification", tmp_path / "model")


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_pickles_are_not_loaded(copied_model: Path, tmp_path: Path) -> None:
    (copied_model / "model.safetensors").unlink()
    torch.save(Trap(tmp_path / "sprung"), copied_model / "pytorch_model.bin")
    assert "safetensors" in load_error(copied_model, "text-classification")
    assert not (tmp_path / "sprung").exists()


def test_code_of_a_model_is_not_executed(copied_model: Path, tmp_path: Path) -> None:
    config = json.loads((copied_model / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config"}}
    (copied_model / "config.json").write_text(json.dumps(config))
    (copied_model / "mine.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\n")
    assert "trust_remote_code" in load_error(copied_model, "text-classification")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("model_task", "configured_task"),
    [
        ("feature-extraction", "text-classification"),
        ("text-classification", "token-classification"),
        ("text-classification", "text-generation"),
        ("object-detection", "image-classification"),
        ("feature-extraction", "automatic-speech-recognition"),
    ],
)
def test_a_model_of_another_task_is_rejected(
    model_folders: Path, model_task: str, configured_task: str
) -> None:
    load_error(model_folders / model_task, configured_task)


def test_the_reason_of_a_failure_is_reported(copied_model: Path, tmp_path: Path) -> None:
    task = "text-classification"
    assert "2 are configured, and the model has 3" in load_error(
        copied_model, task, labels=["a", "b"]
    )
    if not torch.cuda.is_available():
        assert "cuda is not available on this machine; use" in load_error(
            copied_model, task, device="cuda"
        )
    (copied_model / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{broken")
    assert "SafetensorError" in load_error(copied_model, task)
    (tmp_path / "empty").mkdir()
    assert load_error(tmp_path / "empty", task)


def test_offline_mode_downloads_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was used"))
    with pytest.raises(ModelLoadError):
        load(
            make_config("text-generation", "owner/name"), make_settings(custom_models_offline=True)
        )


def test_libraries_use_the_root_log_handlers(
    model_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(make_settings(log_format="readable"))
    load(
        make_config("feature-extraction", str(model_folders / "feature-extraction")),
        make_settings(),
    )
    capsys.readouterr()
    for name in LIBRARIES:
        logging.getLogger(name).warning("hello")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("WARNING")[1].strip() for line in lines] == [
        f"{name} [-] hello" for name in LIBRARIES
    ]


@pytest.mark.parametrize("task", FACTORIES)
@pytest.mark.parametrize("dtype", ["auto", "bfloat16"])
def test_the_size_of_a_model_is_estimated_before_it_is_loaded(
    model_folders: Path, tmp_path: Path, task: str, dtype: str
) -> None:
    folder = model_folders / task if task in TASKS else make_model(tmp_path / task, task)
    config = make_config(task if task in TASKS else "feature-extraction", str(folder), dtype=dtype)
    prepared = prepare_model(config, make_settings())
    assert prepared.megabytes > 0
    assert prepared.load().megabytes == pytest.approx(prepared.megabytes, rel=0.05)


def test_models_can_be_loaded_in_parallel(model_folders: Path) -> None:
    tasks = ["text-classification", "text-generation", "image-classification"] * 3
    configs = [make_config(task, str(model_folders / task)) for task in tasks]
    with ThreadPoolExecutor(len(tasks)) as threads:
        models = list(threads.map(lambda each: load(each, make_settings()), configs))
    assert len({round(model.megabytes, 6) for model in models}) == 3
    weights = torch.nn.Linear(8, 8).weight  # transformers patches and restores their initialization
    assert weights.detach().abs().sum() > 0


def test_weights_have_the_configured_dtype(model_folders: Path) -> None:
    folder = str(model_folders / "feature-extraction")
    sizes = {
        dtype: load(
            make_config("feature-extraction", folder, dtype=dtype), make_settings()
        ).megabytes
        for dtype in ("float32", "bfloat16")
    }
    assert sizes["float32"] == pytest.approx(2 * sizes["bfloat16"], rel=0.02)


def test_the_pooling_mode_of_the_model_is_used(model_folders: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model_folders / "feature-extraction", tmp_path / "model")
    (folder / "1_Pooling").mkdir()
    modes = folder / "1_Pooling" / "config.json"
    vectors = []
    for mode in ("mean_tokens", "cls_token"):
        modes.write_text(json.dumps({f"pooling_mode_{mode}": True}))
        model = load(make_config("feature-extraction", str(folder)), make_settings())
        vectors.append(model.predict([TextInput("the cat")])[0])
    assert vectors[0] != pytest.approx(vectors[1], abs=1e-3)
    modes.write_text(json.dumps({"pooling_mode_max_tokens": True}))
    assert "pooling" in load_error(folder, "feature-extraction")
