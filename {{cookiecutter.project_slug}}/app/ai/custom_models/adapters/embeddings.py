"""Texts as vectors: texts that mean the same have vectors that are close.

The pipeline of transformers gives a vector for each token, padding included, as nested lists; here
the model is called directly, and one vector of length 1 comes out for each text.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from app.ai.custom_models.adapters.base import TextAdapter
from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.port import Kind
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.port import TextQuestion

POOLING = "1_Pooling/config.json"
"""Where sentence-transformers writes how token vectors become one."""

DECIMALS = 7
"""What 32 bits hold of a number below 1; more would double the length of an answer for nothing."""


class SentenceEmbeddings(TextAdapter):
    """The mean of the token vectors, or the first one where the model says so."""

    task = "feature-extraction"
    kind = Kind.EMBED
    parallel = True

    def __init__(self, pipe: Any, declaration: Declaration) -> None:
        super().__init__(pipe, declaration)
        self._first_token = _pools_by_first_token(declaration)
        self._tokenizing = Lock()

    def answer(self, questions: Sequence[TextQuestion]) -> list[Any]:
        """The vector of each text, as a row of numbers; an ``Unusable`` if it is too long."""
        inputs = self._inputs(questions)
        longest = inputs["input_ids"].shape[1]
        if self.most_tokens is None or longest <= self.most_tokens:
            return list(self._vectors(inputs))
        return super().answer(questions)

    def answer_fitting(self, questions: Sequence[TextQuestion]) -> list[Any]:
        """The vector of each text. All are short enough, or are to be cut."""
        return list(self._vectors(self._inputs(questions)))

    def lengths(self, questions: Sequence[TextQuestion]) -> list[int]:
        """How many tokens each text has."""
        with self._tokenizing:
            return super().lengths(questions)

    def _inputs(self, questions: Sequence[TextQuestion]) -> Any:
        texts = [question.text for question in questions]
        with self._tokenizing:  # a tokenizer changes while it pads, and several threads are here
            return self.pipe.tokenizer(texts, padding=True, return_tensors="pt", **self.cutting)

    def _vectors(self, inputs: Any) -> Any:
        import torch

        inputs = inputs.to(self.pipe.device)
        tokens = self.pipe.model(**inputs).last_hidden_state
        if self._first_token:
            vectors = tokens[:, 0]
        else:
            mask = inputs["attention_mask"].unsqueeze(-1)
            vectors = (tokens * mask).sum(1) / mask.sum(1).clamp(min=1)
        unit = torch.nn.functional.normalize(vectors.float(), dim=1)
        return unit.cpu().double().round(decimals=DECIMALS).numpy()


def _pools_by_first_token(declaration: Declaration) -> bool:
    from transformers.utils import cached_file

    path = cached_file(
        declaration.model,
        POOLING,
        revision=declaration.revision,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    if path is None:
        return False
    modes = json.loads(Path(path).read_text(encoding="utf-8"))
    chosen = {name for name, on in modes.items() if name.startswith("pooling_mode_") and on is True}
    if chosen - {"pooling_mode_cls_token", "pooling_mode_mean_tokens"}:
        raise LoadingFailed(f"only mean and first-token pooling are known, not {sorted(chosen)}")
    return chosen == {"pooling_mode_cls_token"}
