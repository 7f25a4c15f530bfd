"""The interface between the runtime and the adapters: inputs, models and errors.

A task is what transformers calls it. An operation is the last part of a path, with a request and a
response schema. Several tasks can share one operation.
"""

from collections.abc import Hashable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from threading import Event
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from PIL.Image import Image

BYTES_PER_TOKEN = 4
"""For English text; other languages are of the same order."""

MIN_TOKENS = 32
"""The minimum for one sequence: shorter ones take the same time."""

IMAGE_TOKENS = 256
"""About the number of patches into which vision models split an image."""

TOKENS_PER_SECOND = 50
"""Frames per second in speech models."""

SAMPLING_RATE = 16_000
"""Samples per second in speech models."""


class Operation(StrEnum):
    """The last part of the path; decides the request and response schemas."""

    CLASSIFY = "classify"
    TOKENS = "tokens"
    EMBED = "embed"
    GENERATE = "generate"
    CLASSIFY_IMAGE = "classify-image"
    DETECT_OBJECTS = "detect-objects"
    TRANSCRIBE = "transcribe"


@dataclass(frozen=True, slots=True)
class TextInput:
    """A text, with the parameters of its task."""

    text: str
    pair: str = ""
    """The second text of a sentence pair."""
    max_new_tokens: int = 0
    cancelled: Event | None = field(default=None, compare=False)
    """Set when the client no longer waits for the response."""

    @property
    def size(self) -> int:
        """The length in characters."""
        return len(self.text) + len(self.pair)

    @property
    def tokens(self) -> int:
        """The estimated number of tokens that a model computes."""
        text_tokens = -(-len((self.text + self.pair).encode()) // BYTES_PER_TOKEN)
        return max(MIN_TOKENS, text_tokens + self.max_new_tokens)

    @property
    def group(self) -> Hashable:
        """Inputs of one batch must have the same group."""
        return self.max_new_tokens


@dataclass(frozen=True, slots=True)
class ImageInput:
    """An RGB image; ``scale`` is its size relative to the uploaded image."""

    image: "Image"
    scale: float = 1

    @property
    def size(self) -> int:
        """Always 0: models resize all images to the same size, so none needs padding."""
        return 0

    @property
    def tokens(self) -> int:
        """The estimated number of tokens that a model computes."""
        return IMAGE_TOKENS

    @property
    def group(self) -> Hashable:
        """Inputs of one batch must have the same group."""
        return self.image.size


@dataclass(frozen=True, slots=True)
class AudioInput:
    """Mono audio with 16,000 samples per second, from -1 to 1."""

    samples: "NDArray[float32]"
    group: Hashable = field(default=None)

    @property
    def size(self) -> int:
        """The length in samples."""
        return len(self.samples)

    @property
    def tokens(self) -> int:
        """The estimated number of tokens that a model computes."""
        return max(MIN_TOKENS, len(self.samples) * TOKENS_PER_SECOND // SAMPLING_RATE)


ModelInput = TextInput | ImageInput | AudioInput


class InvalidModelInput(Exception):
    """A model cannot process one input. The message tells the client what to change."""


class DeviceLost(Exception):
    """The device of a model has failed, and stays unusable until the process is restarted."""


class ModelLoadError(Exception):
    """A model cannot be loaded. The message goes to the log, not to clients."""


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
