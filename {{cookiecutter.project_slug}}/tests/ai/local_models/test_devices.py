"""Inputs that would break an accelerator are rejected, and a broken accelerator stops the server.

The errors are simulated, since most machines have no accelerator. Real ones behaved like this.
"""

import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer
from transformers import RobertaConfig
from transformers import RobertaForSequenceClassification

from app.ai.custom_models.port import DeviceLost
from app.ai.custom_models.port import InvalidModelInput
from app.ai.custom_models.port import ModelLoadError
from app.ai.custom_models.port import TextInput
from app.ai.local_models import loading
from app.ai.local_models.loading import LoadedModel
from tests.support.local_models import load
from tests.support.local_models import make_config
from tests.support.settings import make_settings
from tests.support.tiny_models import MAX_TOKENS
from tests.support.tiny_models import SIZES
from tests.support.tiny_models import make_model

TASK = "text-classification"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a model that may be changed."""
    return make_model(tmp_path / "model", TASK)


def load_folder(folder: Path) -> LoadedModel:
    """Load the model of a folder."""
    return load(make_config(TASK, str(folder), device="cpu"), make_settings())


def test_unused_positions_do_not_count(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.model_max_length = 10**30
    tokenizer.save_pretrained(folder)
    config = RobertaConfig(
        vocab_size=len(tokenizer), max_position_embeddings=MAX_TOKENS + 2, pad_token_id=1, **SIZES
    )
    RobertaForSequenceClassification(config).save_pretrained(folder)
    model = load_folder(folder)
    fits, long = (TextInput("cat " * (MAX_TOKENS - special_tokens)) for special_tokens in (2, 1))
    answers = model.predict([fits, long])
    assert not isinstance(answers[0], InvalidModelInput)
    assert f"at most {MAX_TOKENS}" in str(answers[1])


def test_an_accelerator_rejects_a_tokenizer_with_tokens_without_embeddings(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    size = len(tokenizer)
    tokenizer.add_tokens(["new"])
    tokenizer.save_pretrained(folder)
    load_folder(folder)
    monkeypatch.setattr(loading, "is_accelerator", lambda _: True)
    reason = f"has {size + 1} tokens, and its model only {size}"
    with pytest.raises(ModelLoadError, match=reason):
        load_folder(folder)


@pytest.mark.parametrize("lost", [True, False])
def test_only_a_device_that_fails_on_an_addition_stops_the_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise torch.AcceleratorError("device-side assert triggered")

    signals: list[int] = []
    monkeypatch.setattr(signal, "raise_signal", signals.append)
    model = load_folder(folder)
    monkeypatch.setattr(model._adapter, "predict", fail)
    if lost:
        monkeypatch.setattr(torch, "ones", fail)
    with pytest.raises(DeviceLost if lost else torch.AcceleratorError):
        model.predict([TextInput("cat")])
    assert signals == ([signal.SIGTERM] if lost else [])


def test_running_out_of_memory_does_not_stop_the_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Any) -> Any:
        raise torch.AcceleratorError("CUDA error: out of memory")

    model = load_folder(folder)
    monkeypatch.setattr(model._adapter, "predict", fail)
    with pytest.raises(MemoryError):
        model.predict([TextInput("cat")])
