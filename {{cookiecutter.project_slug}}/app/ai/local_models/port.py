"""The interface between the cache and the loaded models."""

from collections.abc import Sequence
from typing import Any
from typing import Protocol


class Model(Protocol):
    """A model in memory. ``predict`` blocks and is called in a thread."""

    device: str
    megabytes: float
    max_padding: float
    """Maximum padding per batch, in units of ``size``."""

    batch_size: int
    """Maximum number of inputs per batch."""

    batch_tokens: int
    """Maximum number of tokens per batch, padding included."""

    parallel: bool
    """Whether several threads may call ``predict`` at once."""

    def count_tokens(self, model_input: Any) -> int:
        """Estimate the tokens of an input. Called in the event loop, so it must be quick."""
        ...

    def predict(self, inputs: Sequence[Any]) -> list[Any]:
        """Return one output per input, in order; ``InvalidModelInput`` for an invalid input.

        All inputs have the same type and the same group. After any exception, each input is tried
        again in a batch of its own.
        """
        ...


class PreparedModel(Protocol):
    """A model that is ready to be loaded."""

    megabytes: float
    """The memory that its parameters and buffers will need."""

    def load(self) -> Model:
        """Load the model into memory. Blocks. Raises ModelLoadError."""
        ...
