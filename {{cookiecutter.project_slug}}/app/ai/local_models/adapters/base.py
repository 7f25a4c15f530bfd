"""Base classes of the adapters, each of which wraps a transformers pipeline."""

from abc import ABC
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from typing import ClassVar

from app.ai.custom_models.port import InvalidModelInput
from app.ai.custom_models.port import ModelInput
from app.ai.custom_models.port import Operation
from app.ai.custom_models.port import TextInput
from app.ai.local_models.config import LocalModelConfig
from app.schemas.custom_models import Classification

NO_LIMIT_SENTINEL = 1_000_000
"""Tokenizers without a limit report a ``model_max_length`` above this number."""


class Adapter(ABC):
    """Runs models of one task and converts their output to response schemas.

    ``pipe`` is the loaded pipeline, with ``pipe.tokenizer`` and ``pipe.model``.
    """

    task: ClassVar[str]
    operation: ClassVar[Operation]
    parallel: ClassVar[bool] = False
    """Whether several threads may call ``predict`` at once. Pipelines are not thread-safe."""
    batched: ClassVar[bool] = True
    """Whether a batch takes less time than its inputs one by one."""
    extra_files: ClassVar[tuple[str, ...]] = ()
    """Files of the repository to download in addition to those that the pipeline loads."""
    has_fixed_labels: ClassVar[bool] = True
    """Whether the labels are part of the model. Otherwise the request contains them."""

    def __init__(self, pipe: Any, config: LocalModelConfig) -> None:
        self.pipe = pipe
        self.config = config

    @abstractmethod
    def predict(self, inputs: Sequence[Any]) -> list[Any]:
        """Return one output per input, in order; ``InvalidModelInput`` for an invalid input."""

    @abstractmethod
    def warmup_input(self) -> ModelInput:
        """Return an input that is valid for every model of the task. It is run after loading."""

    def count_tokens(self, model_input: Any) -> int:
        """Estimate how many tokens the model computes for an input."""
        tokens: int = model_input.tokens
        return tokens

    @staticmethod
    def to_inputs(text: str, labels: Sequence[str]) -> list[TextInput]:
        """Return the inputs that classify a text with these labels."""
        return [TextInput(text, labels=tuple(labels))]

    @staticmethod
    def combine(labels: Sequence[str], outputs: Sequence[Any]) -> Classification:
        """Return the classification of a text from the outputs of its inputs."""
        (classification,) = outputs
        assert isinstance(classification, Classification)
        return classification

    def run_pipeline(self, inputs: Sequence[Any], **parameters: Any) -> list[Any]:
        """Call the pipeline with all inputs in one batch."""
        outputs: list[Any] = self.pipe(list(inputs), batch_size=len(inputs), **parameters)
        return outputs


class TextAdapter(Adapter):
    """Base class for tasks on texts. Rejects or truncates texts that exceed the model's limit."""

    def warmup_input(self) -> ModelInput:
        """Return a short text."""
        return TextInput("a", max_new_tokens=1)

    def count_tokens(self, model_input: TextInput) -> int:
        """Estimate how many tokens the model computes for a text, at most its own limit."""
        return min(model_input.tokens, self.max_tokens or model_input.tokens)

    def predict(self, inputs: Sequence[TextInput]) -> list[Any]:
        """Return one output per text, in order; ``InvalidModelInput`` if a text is too long."""
        if self.config.truncate:
            return self.predict_valid(inputs)
        errors = list(map(self._length_error, inputs, self.token_lengths(inputs)))
        valid = [text for text, error in zip(inputs, errors, strict=True) if error is None]
        outputs = iter(self.predict_valid(valid) if valid else [])
        return [next(outputs) if error is None else error for error in errors]

    @abstractmethod
    def predict_valid(self, inputs: Sequence[TextInput]) -> list[Any]:
        """Return one output per text, in order. Every text is short enough or will be truncated."""

    def reserved_tokens(self, model_input: TextInput) -> int:
        """Return how many tokens of the model's limit the text itself cannot use."""
        return 0

    @cached_property
    def max_tokens(self) -> int | None:
        """The maximum number of tokens in one input; None without a limit."""
        positions = getattr(self.pipe.model.config, "max_position_embeddings", None)
        if positions:
            positions -= _unused_positions(self.pipe.model)
        limits = (positions, self.pipe.tokenizer.model_max_length)
        return min((limit for limit in limits if limit and limit < NO_LIMIT_SENTINEL), default=None)

    @property
    def truncation_kwargs(self) -> dict[str, Any]:
        """Tokenizer arguments that truncate long texts; empty unless ``truncate`` is set."""
        if not self.config.truncate:
            return {}
        return {"truncation": True, "max_length": self.max_tokens}

    def token_lengths(self, inputs: Sequence[TextInput]) -> list[int]:
        """Return the exact number of tokens of each text."""
        texts = [each.text for each in inputs]
        return list(map(len, self.pipe.tokenizer(texts, verbose=False)["input_ids"]))

    def _length_error(self, model_input: TextInput, length: int) -> InvalidModelInput | None:
        if self.max_tokens is None:
            return None
        limit = max(0, self.max_tokens - self.reserved_tokens(model_input))
        if length <= limit:
            return None
        return InvalidModelInput(
            f"The text has {length} tokens, and the model accepts at most {limit}; shorten it."
        )


def _unused_positions(model: Any) -> int:
    """Count the positions before that of the first token, as RoBERTa models have them."""
    tables = (each for name, each in model.named_modules() if name.endswith("position_embeddings"))
    padding = (getattr(table, "padding_idx", None) for table in tables)
    return next((index + 1 for index in padding if index is not None), 0)
