"""Sentence embeddings: texts of similar meaning get vectors that are close to each other.

The transformers pipeline returns a nested list with one vector per token, padding included. This
adapter calls the model directly and returns one vector of length 1 per text.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from app.ai.custom_models.port import ModelLoadError
from app.ai.custom_models.port import Operation
from app.ai.custom_models.port import TextInput
from app.ai.local_models.adapters.base import TextAdapter
from app.ai.local_models.config import LocalModelConfig

POOLING_CONFIG = "1_Pooling/config.json"
"""Where sentence-transformers stores how token vectors are pooled."""

DECIMALS = 7
"""The precision of a float32 below 1. More decimals would only double the size of a response."""


class SentenceEmbeddings(TextAdapter):
    """Mean pooling, or CLS pooling (the first token) if the model is configured for it."""

    task = "feature-extraction"
    operation = Operation.EMBED
    parallel = True
    extra_files = (POOLING_CONFIG,)

    def __init__(self, pipe: Any, config: LocalModelConfig) -> None:
        super().__init__(pipe, config)
        self._cls_pooling = _uses_cls_pooling(config)
        self._tokenizer_lock = Lock()

    def predict(self, inputs: Sequence[TextInput]) -> list[Any]:
        """Return the vector of each text; ``InvalidModelInput`` if a text is too long."""
        encoded = self._tokenize(inputs)
        max_length = encoded["input_ids"].shape[1]
        if self.max_tokens is None or max_length <= self.max_tokens:
            return list(self._embed(encoded))
        return super().predict(inputs)

    def predict_valid(self, inputs: Sequence[TextInput]) -> list[Any]:
        """Return the vector of each text."""
        return list(self._embed(self._tokenize(inputs)))

    def token_lengths(self, inputs: Sequence[TextInput]) -> list[int]:
        """Return the exact number of tokens of each text."""
        with self._tokenizer_lock:
            return super().token_lengths(inputs)

    def _tokenize(self, inputs: Sequence[TextInput]) -> Any:
        texts = [each.text for each in inputs]
        with self._tokenizer_lock:  # padding changes the tokenizer, which several threads share
            return self.pipe.tokenizer(
                texts, padding=True, return_tensors="pt", **self.truncation_kwargs
            )

    def _embed(self, encoded: Any) -> Any:
        import torch

        encoded = encoded.to(self.pipe.device)
        token_vectors = self.pipe.model(**encoded).last_hidden_state
        if self._cls_pooling:
            vectors = token_vectors[:, 0]
        else:
            mask = encoded["attention_mask"].unsqueeze(-1)
            vectors = (token_vectors * mask).sum(1) / mask.sum(1).clamp(min=1)
        normalized = torch.nn.functional.normalize(vectors.float(), dim=1)
        return normalized.cpu().double().round(decimals=DECIMALS).numpy()


def _uses_cls_pooling(config: LocalModelConfig) -> bool:
    from transformers.utils import cached_file

    path = cached_file(
        config.model,
        POOLING_CONFIG,
        revision=config.revision,
        local_files_only=True,
        _raise_exceptions_for_missing_entries=False,
    )
    if path is None:
        return False
    options = json.loads(Path(path).read_text(encoding="utf-8"))
    modes = {
        name for name, on in options.items() if name.startswith("pooling_mode_") and on is True
    }
    if modes - {"pooling_mode_cls_token", "pooling_mode_mean_tokens"}:
        raise ModelLoadError(f"only mean and CLS pooling are supported, not {sorted(modes)}")
    return modes == {"pooling_mode_cls_token"}
