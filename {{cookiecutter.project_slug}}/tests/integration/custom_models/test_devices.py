"""What would break an accelerator is refused before it is asked, and a broken one ends the server.

Most machines have none, so errors are made up here; what they do to a card was seen on a real one.
"""

import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer
from transformers import RobertaConfig
from transformers import RobertaForSequenceClassification

from app.ai.custom_models import loading
from app.ai.custom_models.loading import LoadedModel
from app.ai.custom_models.loading import load
from app.ai.custom_models.port import DeviceLost
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.port import TextQuestion
from app.ai.custom_models.port import Unusable
from tests.support.custom_models import declare
from tests.support.settings import make_settings
from tests.support.tiny_models import LONGEST
from tests.support.tiny_models import SIZES
from tests.support.tiny_models import make

TASK = "text-classification"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model that may be changed."""
    return make(tmp_path / "model", TASK)


def loaded(folder: Path) -> LoadedModel:
    """The model of a folder."""
    return load(declare(TASK, str(folder), device="cpu"), make_settings())


def test_positions_that_no_token_can_have_do_not_count(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.model_max_length = 10**30
    tokenizer.save_pretrained(folder)
    config = RobertaConfig(
        vocab_size=len(tokenizer), max_position_embeddings=LONGEST + 2, pad_token_id=1, **SIZES
    )
    RobertaForSequenceClassification(config).save_pretrained(folder)
    model = loaded(folder)
    fits, too_long = (TextQuestion("cat " * (LONGEST - marks)) for marks in (2, 1))
    answers = model.answer([fits, too_long])
    assert not isinstance(answers[0], Unusable)
    assert f"at most {LONGEST}" in str(answers[1])


def test_an_accelerator_gets_no_tokens_that_its_model_has_no_row_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    known = len(tokenizer)
    tokenizer.add_tokens(["new"])
    tokenizer.save_pretrained(folder)
    loaded(folder)
    monkeypatch.setattr(loading, "is_accelerator", lambda _: True)
    reason = f"knows {known + 1} tokens, and its model only {known}"
    with pytest.raises(LoadingFailed, match=reason):
        loaded(folder)


@pytest.mark.parametrize("lost", [True, False])
def test_only_a_device_that_cannot_even_add_stops_the_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise torch.AcceleratorError("device-side assert triggered")

    signals: list[int] = []
    monkeypatch.setattr(signal, "raise_signal", signals.append)
    model = loaded(folder)
    monkeypatch.setattr(model._adapter, "answer", fail)
    if lost:
        monkeypatch.setattr(torch, "ones", fail)
    with pytest.raises(DeviceLost if lost else torch.AcceleratorError):
        model.answer([TextQuestion("cat")])
    assert signals == ([signal.SIGTERM] if lost else [])


def test_a_card_without_memory_is_not_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Any) -> Any:
        raise torch.AcceleratorError("CUDA error: out of memory")

    model = loaded(folder)
    monkeypatch.setattr(model._adapter, "answer", fail)
    with pytest.raises(MemoryError):
        model.answer([TextQuestion("cat")])
